import { CatalogueError } from '../jsonSchema.ts';

/** An event type out of a document or a file, as `everhook.eventTypes.apply` takes it. */
export interface ReadType {
  readonly name: string;
  readonly description: string | null;
  /** JSON Schema, draft 2020-12. It refers to nothing outside of it. */
  readonly schema: Record<string, unknown>;
  /** Left out where the source has none. */
  readonly example?: unknown;
}

/** What of a source cannot be taken. */
export interface ReadProblem {
  /** `shop.yaml#/webhooks/order.paid/post`. */
  readonly place: string;
  readonly message: string;
}

/** What a source says. Where it has problems, none of its types should be taken: see {@link allTypes}. */
export interface ReadCatalogue {
  readonly types: readonly ReadType[];
  readonly problems: readonly ReadProblem[];
}

const namePattern = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

/** Collects types of a source, each name once, and what cannot be taken. */
export class Reading {
  readonly #types = new Map<string, ReadType & { readonly place: string }>();
  readonly #problems: ReadProblem[] = [];

  problem(place: string, message: string): void {
    this.#problems.push({ place, message });
  }

  /** Adds the type that the work reads; what it throws becomes a problem. */
  take(place: string, name: string, read: () => Omit<ReadType, 'name'>): void {
    if (!namePattern.test(name) || name.length > 128) {
      const message = `A type is named like "resource.action": letters, digits, "_" and "-", with dots between. This is ${JSON.stringify(name.slice(0, 128))}.`;
      this.problem(place, message);
      return;
    }
    try {
      const type = { name, ...read(), place };
      const other = this.#types.get(name);
      if (other && JSON.stringify(other.schema) !== JSON.stringify(type.schema)) {
        this.problem(place, `The type ${JSON.stringify(name)} has another schema at ${other.place}.`);
      } else if (!other) this.#types.set(name, type);
    } catch (error) {
      if (!(error instanceof CatalogueError)) throw error;
      this.problem(error.place, error.message);
    }
  }

  done(): ReadCatalogue {
    const types = [...this.#types.values()].map(({ place: _, ...type }) => type);
    return { types, problems: this.#problems };
  }
}

/** All types of a source. @throws CatalogueError where anything of it cannot be taken: nothing is taken half */
export function allTypes({ types, problems }: ReadCatalogue): readonly ReadType[] {
  const [first, ...others] = problems;
  if (!first) return types;
  const more =
    others.length === 0
      ? ''
      : ` And ${others.length} more: ${others
          .slice(0, 5)
          .map(({ place }) => place)
          .join(', ')}.`;
  throw new CatalogueError(first.place, `${first.message}${more}`);
}
