/** Intended differences between the migrations and `schema.prisma`. */
export const acceptedDrift: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  {
    pattern: /^only by migrations: index .* WHERE /,
    reason: "Prisma's schema language has no partial indexes.",
  },
  {
    pattern: /^only by migrations: index CREATE INDEX portal_link_ended_idx /,
    reason: "Prisma's schema language has no indexes of expressions.",
  },
  {
    pattern: /^only by migrations: constraint \S+ CHECK /,
    reason: "Prisma's schema language has no check constraints.",
  },
  {
    pattern: /^only by .*: index CREATE UNIQUE INDEX event_type_organization_id_project_id_name_key /,
    reason: 'An organization-wide type has no project: NULLS NOT DISTINCT, which the schema language does not have.',
  },
  {
    pattern: /^only by migrations: index CREATE UNIQUE INDEX delivery_(minute|hour)_key /,
    reason:
      'Deliveries without a project are counted too: NULLS NOT DISTINCT, which the schema language does not have.',
  },
  {
    pattern: /^only by .*: index CREATE UNIQUE INDEX deletion_target_key /,
    reason: 'An organization’s deletion names no project: NULLS NOT DISTINCT, which the schema language does not have.',
  },
  {
    pattern: /^only by schema\.prisma: constraint (event|delivery|attempt)\.\S+_fkey FOREIGN KEY /,
    reason: 'Log tables have no foreign keys: docs/decisions/0003-log-tables-without-foreign-keys.md.',
  },
];
