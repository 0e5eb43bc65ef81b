/** The path of a request's target, without its query. */
export function pathOf(target: string): string {
  const end = target.indexOf('?');
  return end === -1 ? target : target.slice(0, end);
}

/** The parts that `/readyz?exclude=temporal` leaves out; the parameter may be repeated. */
export function excludedBy(target: string): string[] {
  return new URLSearchParams(target.slice(pathOf(target).length)).getAll('exclude');
}
