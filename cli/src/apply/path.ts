/** A place in a file, such as `projects[0].webhooks[1].url`. */
export type Path = readonly (string | number)[];

export const pathText = (path: Path): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
