import type { StandardEvent, StandardEventOf } from './standard.ts';

/** What every profile's event has: its name, in one of three forms. */
type Envelope = StandardEvent | { readonly event: string; readonly data: unknown };

/** The events that handlers are for: those given, or those of STANDARD where a catalogue's interface is given. */
type Received<Given> = Given extends Envelope ? Given : StandardEventOf<Given>;

/** An event's name as its catalogue has it. PLANE sends it in two parts. */
type NameOf<Event> = Event extends { readonly type: infer Name extends string }
  ? Name
  : Event extends { readonly event: infer Resource extends string; readonly action: infer Action extends string }
    ? `${Resource}.${Action}`
    : Event extends { readonly event: infer Name extends string }
      ? Name
      : never;

type EventNamed<Event, Name> = Event extends unknown ? (NameOf<Event> extends Name ? Event : never) : never;

/** Hands an event to its handler. Resolves when that has ended, and rejects as it does. */
export type Handle<Event> = (event: Event) => Promise<void>;

/** An event came that no handler was given for. */
export class UnhandledEventError extends Error {
  override readonly name = 'UnhandledEventError';
  readonly eventName: string;

  constructor(eventName: string) {
    super(
      `There is no handler for ${JSON.stringify(eventName.slice(0, 128))}. Give it one by "on", or end with "otherwise". If the type is new, generate the types again.`,
    );
    this.eventName = eventName;
  }
}

/**
 * Handlers by the names of events. Made by {@link handlers}.
 *
 * @typeParam Left - the names that have no handler yet
 */
export class Handlers<Left extends string, Event> {
  /** For the compiler alone, which compares what is left by it. */
  declare readonly left?: Left;
  readonly #byName: ReadonlyMap<string, (event: never) => unknown>;

  constructor(byName: ReadonlyMap<string, (event: never) => unknown>) {
    this.#byName = byName;
  }

  /** These handlers and one more. A name has one handler. */
  on<const Name extends Left>(
    name: Name,
    handle: (event: EventNamed<Event, Name>) => unknown,
  ): Handlers<Exclude<Left, Name>, Event> {
    if (this.#byName.has(name)) throw new TypeError(`There is a handler for ${JSON.stringify(name)} already.`);
    return new Handlers(new Map([...this.#byName, [name, handle]]));
  }

  /**
   * All names have a handler: otherwise this does not compile, and the error tells which are left. An event of a type that is newer than
   * the types is an UnhandledEventError.
   */
  exhaustive(this: Handlers<never, Event>): Handle<Event> {
    return this.otherwise((event) => {
      throw new UnhandledEventError(nameOf(event));
    });
  }

  /** Events of all other names go to this handler, also those of types that are newer than the types. */
  otherwise(handle: (event: Event) => unknown): Handle<Event> {
    return async (event) => {
      await (this.#byName.get(nameOf(event)) ?? (handle as (event: never) => unknown))(event as never);
    };
  }
}

function nameOf(event: unknown): string {
  const { type, event: name, action } = event as Readonly<Record<string, unknown>>;
  if (name === undefined) return String(type);
  return action === undefined ? String(name) : `${name}.${action}`;
}

/**
 * Begins a list of handlers, for the events that a verifier returns:
 *
 * ```ts
 * const handle = handlers<Events>()
 *   .on('order.paid', async ({ data }) => ship(data.id))
 *   .on('order.refunded', async ({ data }) => stop(data.id))
 *   .exhaustive();
 * await handle(await verify.standard<Events>(request, secret));
 * ```
 *
 * @typeParam Given - a catalogue's interface, or a union of events: `PlaneEvent`
 */
export function handlers<Given extends object = StandardEvent>(): Handlers<NameOf<Received<Given>>, Received<Given>> {
  return new Handlers(new Map());
}
