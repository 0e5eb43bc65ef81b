import type en from '../en/tenants.ts';
import type { Translation } from '../translation.ts';

export default {} satisfies Translation<typeof en>;
