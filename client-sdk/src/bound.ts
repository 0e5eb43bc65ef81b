import { ValidationError } from './errors.ts';

type Method = (...args: never[]) => unknown;
type KeysOf<T> = T extends object ? keyof T : never;

/** The place of the argument that has this member; never where there is none. */
type PlaceOf<Args extends readonly unknown[], Key extends string> =
  Key extends KeysOf<Args[0]> ? 0 : Key extends KeysOf<Args[1]> ? 1 : Key extends KeysOf<Args[2]> ? 2 : never;

type TakesKey<Value, Key extends string> = Value extends (...args: infer Args) => unknown
  ? [PlaceOf<Args, Key>] extends [never]
    ? false
    : true
  : false;

/** The methods of an area that take an argument with this member, each with the place of that argument. */
export type Places<Area, Key extends string> = {
  readonly [Name in keyof Area as TakesKey<Area[Name], Key> extends true ? Name : never]: Area[Name] extends (
    ...args: infer Args
  ) => unknown
    ? PlaceOf<Args, Key>
    : never;
};

/** The areas that have such methods. */
export type AreasTaking<Areas, Key extends string> = {
  [Name in keyof Areas]: keyof Places<Areas[Name], Key> extends never ? never : Name;
}[keyof Areas];

/** An argument without what is given already. */
type Without<Argument, Given extends string> = Argument extends object
  ? Omit<Argument, Given> & { readonly [Key in Given]?: never }
  : never;
type Optional<Argument> = Record<never, never> extends Argument ? [given?: Argument] : [given: Argument];
type Rest<Args extends readonly unknown[]> = Args extends readonly [unknown?, ...infer Others] ? Others : [];

type BoundArgs<Args extends readonly unknown[], Key extends string, Given extends string> = [
  PlaceOf<Args, Key>,
] extends [never]
  ? Args
  : PlaceOf<Args, Key> extends 0
    ? [...Optional<Without<Args[0], Given>>, ...Rest<Args>]
    : PlaceOf<Args, Key> extends 1
      ? [first: Args[0], ...Optional<Without<Args[1], Given>>]
      : [first: Args[0], second: Args[1], ...Optional<Without<Args[2], Given>>];

/**
 * The same area without a member of its methods' arguments, because that is given already.
 *
 * @typeParam Key - the member: `projectId`
 * @typeParam Given - all that must not be given any more: a project has its organization, too
 */
export type Bound<Area, Key extends string, Given extends string> = {
  readonly [Name in keyof Area]: Area[Name] extends (...args: infer Args) => infer Result
    ? (...args: BoundArgs<Args, Key, Given>) => Result
    : Area[Name];
};

/**
 * An area whose methods get a member of one of their arguments from here. Other methods, such as those that take an id, stay as they are.
 *
 * @param places - by method, the place of the argument
 * @param given - names that a caller must not give as well
 */
export function bind<Area extends object, Key extends string, Given extends string>(
  area: Area,
  places: Places<Area, Key>,
  { key, value, given }: { readonly key: Key; readonly value: string; readonly given: readonly Given[] },
): Bound<Area, Key, Given> {
  const placeOf = places as Readonly<Record<PropertyKey, number | undefined>>;
  return new Proxy(area, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const place = Object.hasOwn(placeOf, name) ? placeOf[name] : undefined;
      if (place === undefined) return member.bind(target);
      return (...args: unknown[]) => {
        const own = (args[place] ?? {}) as Record<string, unknown>;
        for (const taken of given) {
          if (own[taken] === undefined) continue;
          throw new ValidationError(`This is bound to one ${key.replace(/Id$/, '')} already: leave "${taken}" out.`, {
            field: taken,
          });
        }
        args[place] = { ...own, [key]: value };
        return (member as Method).apply(target, args as never[]);
      };
    },
  }) as unknown as Bound<Area, Key, Given>;
}
