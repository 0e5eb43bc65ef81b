/** RFC 9110, 5.5: a recipient may replace them with spaces. PostgreSQL cannot store NUL. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern must match control characters
const control = /[\0-\x08\x0a-\x1f\x7f]/;
const controls = new RegExp(control, 'g');

/** A header's value as the log shows it: without control characters. */
export const readableValue = (value: string): string => (control.test(value) ? value.replace(controls, ' ') : value);
