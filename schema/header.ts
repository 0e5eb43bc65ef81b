import { builder } from './builder.ts';

export const Header = builder.objectRef<{ name: string; value: string }>('Header').implement({
  fields: (t) => ({ name: t.exposeString('name'), value: t.exposeString('value') }),
});

export const HeaderInput = builder.inputType('HeaderInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    value: t.string({ description: 'Left out in `updateWebhook`, the stored value of this name stays.' }),
  }),
});
