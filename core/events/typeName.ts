const namePattern = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
export const maxTypeNameLength = 128;

/** Whether a text has the form of an event type's name. */
export const isTypeName = (name: string): boolean => name.length <= maxTypeNameLength && namePattern.test(name);

/** A type's name for an error, shortened if it is very long. */
export const shownType = (type: string): string =>
  JSON.stringify(type.length > maxTypeNameLength ? `${type.slice(0, maxTypeNameLength)}…` : type);
