import {
  type MemberFieldsFragment,
  MembersDocument,
  SetMemberDocument,
  type SetMemberInput,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';
import type { WithTimes } from './times.ts';

/** A user in an organization, with the projects that the user administers. */
export type Member = WithTimes<MemberFieldsFragment>;

/** PROJECT_ADMIN with `projectId`, any other role without. */
export type MemberToSet = SetMemberInput & { readonly role: NonNullable<SetMemberInput['role']> };

/** What to remove: with `projectId` the role in that project, without it the membership in the organization. */
export type MemberToRemove = Omit<SetMemberInput, 'role' | 'name'>;

/** Members: the users of an organization, and their roles. */
export class Members {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Gives a user a role, as a new or an existing member. Nobody can give more permissions than they have. */
  async set(input: MemberToSet, options: CallOptions = {}): Promise<Member> {
    const repeatable = 'always';
    const { setMember } = await this.#transport.mutate(SetMemberDocument, { input }, { ...options, repeatable });
    // After a role is set, the member exists.
    return setMember.member as Member;
  }

  /**
   * Removes the role in a project, or the membership. A user's own `userId` always may: it leaves, unless it is the last owner.
   *
   * @returns the member as it is then; null where the membership ended
   */
  async remove(member: MemberToRemove, options?: CallOptions): Promise<Member | null> {
    const input = { ...member, role: null };
    return (await this.#transport.mutate(SetMemberDocument, { input }, options)).setMember.member;
  }

  /** Members, newest first. */
  list({ organizationId, signal }: { readonly organizationId: string } & CallOptions): Listing<Member> {
    return new Listing(
      async (page, ending) =>
        (await this.#transport.query(MembersDocument, { organizationId, ...page }, { signal: ending })).members,
      signal,
    );
  }
}
