import type en from '../en/palette.ts';
import type { Translation } from '../translation.ts';

export default {} satisfies Translation<typeof en>;
