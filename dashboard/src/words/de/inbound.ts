import type en from '../en/inbound.ts';
import type { Translation } from '../translation.ts';

export default {} satisfies Translation<typeof en>;
