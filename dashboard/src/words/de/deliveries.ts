import type en from '../en/deliveries.ts';
import type { Translation } from '../translation.ts';

export default {} satisfies Translation<typeof en>;
