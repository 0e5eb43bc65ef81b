export function ReplaySelection(_: { readonly selected: ReadonlySet<string>; onDone(): void }) {
  return null;
}
