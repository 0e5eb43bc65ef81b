import { builder } from './builder.ts';

export const Header = builder.objectRef<{ name: string; value: string }>('Header').implement({
  description: 'A header of a request or of an answer.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name as it was written.' }),
    value: t.exposeString('value', { description: 'Its value; “[redacted]” where it is hidden.' }),
  }),
});

export const HeaderInput = builder.inputType('HeaderInput', {
  description: 'A header that a webhook’s requests carry.',
  fields: (t) => ({
    name: t.string({ description: 'A field name by RFC 9110; the case of letters does not matter.', required: true }),
    value: t.string({ description: 'Left out in `updateWebhook`, the stored value of this name stays.' }),
  }),
});
