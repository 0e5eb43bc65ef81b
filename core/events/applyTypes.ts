import { requireIn, type Scope } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import type { Break } from '../compatibility/compatibility.ts';
import { ApiError, invalid } from '../ground/errors.ts';
import type { SchemaChecks } from '../jsonSchema/schemaChecks.ts';
import type { SchemaWarning } from '../jsonSchema/warnings.ts';
import { lockOrganization } from '../store/lockOrganization.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { raiseTypesVersion } from '../store/routingVersion.ts';
import { inTransaction } from '../store/transaction.ts';
import {
  breaksBy,
  type CheckedContent,
  changedContent,
  requireCompatible,
  requireTypeName,
  type UpsertedInput,
} from './eventTypeInput.ts';
import { storedColumns } from './storedType.ts';
import { type ChangedType, changedParts, contentOf, insertType, isFree, nameTaken, updateType } from './storeType.ts';
import { isTypeName, shownType } from './typeName.ts';

/** Maximum for one call. */
export const maxApplied = 500;
/** How often it begins again because others changed the same types meanwhile. */
const maxRounds = 5;

/** What becomes of a type. */
export type TypeChange = 'ADDED' | 'CHANGED' | 'UNCHANGED';

export interface AppliedType {
  readonly name: string;
  readonly change: TypeChange;
  /** What consumers that know the old schema, or data of old events, break by, whatever the type's compatibility is. */
  readonly breaks: readonly Break[];
  /** Why the change is refused. Null: it is not. */
  readonly refusal: ApiError | null;
  /** The type as it is afterwards; in a trial, and where it is refused, as it is now. Null: there is none. */
  readonly eventType: ChangedType | null;
  readonly warnings: readonly SchemaWarning[];
}

interface Planned extends AppliedType {
  readonly checked: CheckedContent | null;
}

/**
 * Makes types as they shall be: all of them or none, in one transaction. What is left out of one that exists stays; types that are not
 * named stay, too.
 */
export function createTypeApplication(
  prisma: PrismaClient,
  checks: SchemaChecks,
  requireNotBrought: (scope: Scope, name: string, field: string) => Promise<void>,
) {
  async function planned(scope: Scope, input: UpsertedInput, field: string): Promise<Planned> {
    const { organizationId, projectId } = scope;
    // A name that is none may have characters that PostgreSQL cannot even be asked for; it is refused below.
    const where = { organizationId, projectId, name: input.name };
    const type = isTypeName(input.name) ? await prisma.eventType.findFirst({ where, select: storedColumns }) : null;
    const before = type && (await contentOf(prisma, type.id));
    const common = { name: input.name, eventType: before, breaks: [], warnings: [] };
    try {
      requireTypeName(input.name);
      await requireNotBrought(scope, input.name, 'input.name');
      const checked = await changedContent(checks, organizationId, before, input);
      const { warnings } = checked;
      if (!before) return { ...common, change: 'ADDED', warnings, refusal: null, checked };
      if (changedParts(before, checked.content).length === 0) {
        return { ...common, change: 'UNCHANGED', warnings, refusal: null, checked };
      }
      const breaks = await breaksBy(checks, organizationId, 'FULL', before, checked, `${field}.schema`);
      const refusal = await refusalOf(checks, organizationId, before, checked, field);
      return { ...common, change: 'CHANGED', breaks, warnings, refusal, checked };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const refusal = within(error, field);
      return { ...common, change: before ? 'CHANGED' : 'ADDED', refusal, checked: null };
    }
  }

  /** @returns null if others changed one of the types since it was read */
  const write = (principal: Principal, scope: Scope, plan: readonly Planned[]): Promise<AppliedType[] | null> =>
    inTransaction(prisma, scope.organizationId, async (transaction) => {
      await lockOrganization(transaction, scope.organizationId);
      const { organizationId, projectId } = scope;
      const names = plan.map(({ name }) => name);
      const now = await transaction.eventType.findMany({
        where: { organizationId, projectId, name: { in: names } },
        select: storedColumns,
      });
      const byName = new Map(now.map((type) => [type.name, type]));
      if (plan.some(({ name, eventType }) => byName.get(name)?.version !== eventType?.version)) return null;
      await raiseTypesVersion(transaction, organizationId);
      const applied: AppliedType[] = [];
      for (const [index, { checked, ...one }] of plan.entries()) {
        const { content } = checked as CheckedContent;
        const type = byName.get(one.name);
        if (type && one.eventType) {
          const changed = changedParts(one.eventType, content);
          const eventType =
            changed.length === 0
              ? one.eventType
              : await updateType(transaction, principal, one.eventType, type, content, changed);
          applied.push({ ...one, eventType });
        } else {
          try {
            if (!(await isFree(transaction, scope, one.name))) throw nameTaken();
          } catch (error) {
            throw error instanceof ApiError ? within(error, `input.types[${index}]`) : error;
          }
          applied.push({ ...one, eventType: await insertType(transaction, principal, scope, one.name, content) });
        }
      }
      return applied;
    });

  /**
   * @param trial - only says what would become of the types
   * @throws ApiError where one of them is refused and this is no trial: then nothing was done
   */
  return async function apply(
    principal: Principal,
    scope: Scope,
    inputs: readonly UpsertedInput[],
    trial: boolean,
  ): Promise<readonly AppliedType[]> {
    requireIn(principal, 'ORGANIZATION_MANAGE', scope);
    if (inputs.length > maxApplied) {
      throw new ApiError('LIMIT_EXCEEDED', `At most ${maxApplied} types in one call.`, 'input.types');
    }
    requireOnce(inputs);
    for (let round = 0; round < maxRounds; round++) {
      const plan: Planned[] = [];
      for (const [index, input] of inputs.entries()) plan.push(await planned(scope, input, `input.types[${index}]`));
      if (trial) return plan;
      const refused = plan.find(({ refusal }) => refusal !== null);
      if (refused?.refusal) throw refused.refusal;
      if (plan.every(({ change }) => change === 'UNCHANGED')) return plan;
      const applied = await write(principal, scope, plan);
      if (applied) return applied;
    }
    throw new ApiError('CONFLICT', 'Others keep changing these event types. Try again.', 'input.types');
  };
}

/** The refusal of what breaks the type's own compatibility. */
async function refusalOf(
  checks: SchemaChecks,
  tenant: string,
  before: ChangedType,
  checked: CheckedContent,
  field: string,
): Promise<ApiError | null> {
  try {
    await requireCompatible(checks, tenant, before, checked, `${field}.schema`);
    return null;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

/** The error with its field within one of the types. */
const within = ({ code, message, field, retryAfterSeconds }: ApiError, at: string): ApiError =>
  new ApiError(code, message, field?.replace(/^input(?=\.|$)/, at), retryAfterSeconds);

function requireOnce(inputs: readonly UpsertedInput[]): void {
  const seen = new Set<string>();
  for (const [index, { name }] of inputs.entries()) {
    if (seen.has(name)) throw invalid(`input.types[${index}].name`, `The type ${shownType(name)} is named twice.`);
    seen.add(name);
  }
}
