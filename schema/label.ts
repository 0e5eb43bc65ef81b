import type { Label as CheckedLabel } from '../core/labels/label.ts';
import { builder } from './builder.ts';

export const Label = builder.objectRef<CheckedLabel>('Label').implement({
  description: 'What a publisher gives its events, to find them by: `customer` and `c_42`, for example.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Such as `customer`.' }),
    value: t.exposeString('value', { description: 'Such as `c_42`.' }),
  }),
});

export const LabelInput = builder.inputType('LabelInput', {
  description: 'A label of an event.',
  fields: (t) => ({
    key: t.string({ required: true, description: '1 to 40 characters out of a–z, 0–9, `_`, `.` and `-`.' }),
    value: t.string({ required: true, description: '1 to 200 characters.' }),
  }),
});
