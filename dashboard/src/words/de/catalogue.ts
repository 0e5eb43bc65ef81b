import type en from '../en/catalogue.ts';
import type { Translation } from '../translation.ts';

export default {} satisfies Translation<typeof en>;
