import type { DescribedProfile, ExportedCatalogue, ExportedType } from './envelopes.ts';
import { atOnce, type Work } from './work.ts';

/** A kind of documents that describe a catalogue. What they say of each type stands in sections, by the type's name. */
export interface DocumentFormat<Section extends string = string> {
  readonly sections: readonly Section[];
  /** The whole document. @param sections - each as it shall be written, whatever stands for it */
  whole(about: Pick<ExportedCatalogue, 'title' | 'version'>, sections: Readonly<Record<Section, unknown>>): object;
  /** What each section says of a type. */
  ofType(type: ExportedType, profile: DescribedProfile): Work<Readonly<Record<Section, unknown>>>;
}

/** The document of a catalogue. */
export function documentOf<Section extends string>(
  format: DocumentFormat<Section>,
  catalogue: ExportedCatalogue,
): object {
  const said = catalogue.types.map((type) => [type.name, atOnce(format.ofType(type, catalogue.profile))] as const);
  const sections = format.sections.map(
    (section) => [section, Object.fromEntries(said.map(([name, of]) => [name, of[section]]))] as const,
  );
  return format.whole(catalogue, Object.fromEntries(sections) as Record<Section, unknown>);
}
