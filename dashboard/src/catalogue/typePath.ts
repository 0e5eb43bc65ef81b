import type { EventType } from '@everhook/sdk';

/** The path of a type's page: by its name, or where a project may have another one of this name, by its id. */
export const typePath = ({ name, id, project }: EventType): string =>
  `catalogue/${encodeURIComponent(project ? id : name)}`;
