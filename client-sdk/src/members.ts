import {
  type MemberFieldsFragment,
  MembersDocument,
  SetMemberDocument,
  type SetMemberInput,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';

/** A user in an organization, with the projects that they administer. */
export type Member = MemberFieldsFragment;

/** PROJECT_ADMIN with `projectId`, any other role without. */
export type MemberToSet = SetMemberInput & { readonly role: NonNullable<SetMemberInput['role']> };

/** Of what a member is removed: with `projectId` as that project's administrator, without it from the organization. */
export type MemberToRemove = Omit<SetMemberInput, 'role' | 'name'>;

/** Members: the users of an organization, and what they are in it. */
export class Members {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Gives a user a role, whether they are a member already or not. Nobody gives more than they have themselves. */
  async set(input: MemberToSet, options: CallOptions = {}): Promise<Member> {
    const repeatable = 'always';
    const { setMember } = await this.#transport.mutate(SetMemberDocument, { input }, { ...options, repeatable });
    // A role that is given leaves a member.
    return setMember.member as Member;
  }

  /** Takes a project, or the membership, away. @returns what remains of the member; null where that is nothing */
  async remove(member: MemberToRemove, options?: CallOptions): Promise<Member | null> {
    const input = { ...member, role: null };
    return (await this.#transport.mutate(SetMemberDocument, { input }, options)).setMember.member;
  }

  /** The newest first. */
  list({ organizationId, signal }: { readonly organizationId: string } & CallOptions): Listing<Member> {
    return new Listing(
      async (page) => (await this.#transport.query(MembersDocument, { organizationId, ...page }, { signal })).members,
    );
  }
}
