// A bill of materials (CycloneDX) from npm's record of packages. npm's own `npm sbom` leaves out those that are also peers.

const purlOf = (name, version) => `pkg:npm/${name.replace('@', '%40')}@${version}`;

/** npm's integrity as CycloneDX's hash. */
function hashOf(integrity) {
  const [, content] = /^sha512-(\S+)/.exec(integrity ?? '') ?? [];
  return content ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(content, 'base64').toString('hex') }] } : {};
}

/**
 * @param {object} manifest the package.json of what is described
 * @param {object} packages of a lock file
 * @param {string | number | null} seconds since 1970, of the commit; null: unknown
 * @param {(path: string) => boolean} isThere whether a package is part of it, by its path
 */
export function bomOf(manifest, packages, seconds, isThere = () => true) {
  const components = Object.entries(packages)
    .filter(([path, { dev, link }]) => path.includes('node_modules/') && !dev && !link && isThere(path))
    .map(([path, { name = path.slice(path.lastIndexOf('node_modules/') + 13), version, license, integrity }]) => ({
      type: 'library',
      'bom-ref': path,
      name,
      version,
      purl: purlOf(name, version),
      ...(license ? { licenses: [{ expression: license }] } : {}),
      ...hashOf(integrity),
    }));
  const { name, version } = manifest;
  const metadata = {
    ...(seconds === null ? {} : { timestamp: new Date(Number(seconds) * 1_000).toISOString() }),
    component: { type: 'application', 'bom-ref': name, name, version, purl: purlOf(name, version) },
  };
  return `${JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, metadata, components }, null, 2)}\n`;
}
