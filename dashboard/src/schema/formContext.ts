import { type ComponentType, createContext, useContext } from 'react';
import type { Json } from './jsonTree.ts';
import { type Schema, SchemaDocument } from './schemaDocument.ts';

/** An error of the API about a place in the value. */
export interface FormProblem {
  readonly path: string;
  readonly message: string;
}

/** Texts in the form that are not JSON yet, by the paths of their fields: with one of them nothing can be published. */
export interface Drafts {
  set(path: string, broken: boolean): void;
}

interface Shared {
  readonly document: SchemaDocument;
  readonly problem: FormProblem | null;
  readonly drafts: Drafts;
  /** The field of any value: fields of objects and lists hold such fields, and it holds them. */
  readonly Node: ComponentType<Part>;
}

/** A value in the form, and what describes it. */
export interface Part {
  readonly schema: Schema;
  readonly value: Json;
  readonly path: string;
  /** Of the whole value there is none. */
  readonly label?: string;
  readonly required?: boolean;
  onChange(value: Json): void;
  /** Takes it out of what is around it. */
  onRemove?: (() => void) | undefined;
  /** Moves it up or down in its list. */
  onMove?: ((by: -1 | 1) => void) | undefined;
}

export const FormContext = createContext<Shared>({
  document: new SchemaDocument(true),
  problem: null,
  drafts: { set() {} },
  Node: () => null,
});

export const useForm = (): Shared => useContext(FormContext);

/** As long as the API's paths show a name. */
const maxName = 128;

/** The path of a member, as the API's errors name it. */
export const memberPath = (path: string, name: string): string =>
  `${path}.${name.length > maxName ? `${name.slice(0, maxName)}…` : name}`;

export const itemPath = (path: string, at: number): string => `${path}[${at}]`;

/** Whether a place is `path` or within it. */
export const isWithin = (place: string, path: string): boolean =>
  place === path || place.startsWith(`${path}.`) || place.startsWith(`${path}[`);

/**
 * The error that a field shows: its own, and those of places within it that have no field.
 *
 * @param children - paths of the fields within it
 */
export function problemAt(problem: FormProblem | null, path: string, children: readonly string[]): FormProblem | null {
  if (problem === null || !isWithin(problem.path, path)) return null;
  return children.some((child) => isWithin(problem.path, child)) ? null : problem;
}
