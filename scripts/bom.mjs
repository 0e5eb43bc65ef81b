// npm's bill of materials (CycloneDX) without what differs from one run to the next.

/**
 * @param {string} text as `npm sbom` prints it
 * @param {string | number} seconds since 1970
 * @param {(path: string) => boolean} isThere whether a package is part of what is described, by its path
 */
export function normalizedBom(text, seconds, isThere = () => true) {
  const { serialNumber: _, ...bom } = JSON.parse(text);
  const pathOf = ({ properties = [] }) => properties.find(({ name }) => name === 'cdx:npm:package:path')?.value ?? '';
  const components = bom.components.filter((each) => isThere(pathOf(each)));
  const left = new Set([bom.metadata.component['bom-ref'], ...components.map((each) => each['bom-ref'])]);
  const dependencies = bom.dependencies
    .filter(({ ref }) => left.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((each) => left.has(each)) }));
  const timestamp = new Date(Number(seconds) * 1_000).toISOString();
  const content = { ...bom, metadata: { ...bom.metadata, timestamp }, components, dependencies };
  return `${JSON.stringify(content, null, 2)}\n`;
}
