import type { Principal } from '../../core/access/principal.ts';
import { notFound } from '../../core/ground/errors.ts';
import { parseId } from '../../core/ground/parseId.ts';
import type { Referred, Within } from '../../core/references/references.ts';
import type { Services } from '../../schema/services.ts';

/**
 * The id that a request names, as the store writes it: by itself, or by an external id.
 *
 * @throws ApiError NOT_FOUND where it names nothing that the principal may see
 */
export async function idOf(
  { references }: Pick<Services, 'references'>,
  principal: Principal,
  what: Referred,
  text: string,
  field: string,
  within?: Within,
): Promise<string> {
  const id = parseId(text) ?? (await references.find(principal, what, text, field, within));
  if (id === null) throw notFound(what, field);
  return id;
}
