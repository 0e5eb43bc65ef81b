import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder as cacheOfUser } from '../../local/cache.ts';

/** Programs that these tests need, and how each is installed. */
const installed = {
  buildah: 'apt-get install buildah',
  debootstrap: 'apt-get install debootstrap',
  fish: 'apt-get install fish',
  go: 'apt-get install golang-go',
  helm: 'go install helm.sh/helm/v3/cmd/helm@v3.22.0',
  ip: 'apt-get install iproute2',
  nsenter: 'apt-get install util-linux',
  pgbouncer: 'apt-get install pgbouncer',
  pip3: 'apt-get install python3-pip',
  promtool: 'apt-get install prometheus',
  python3: 'apt-get install python3',
  unshare: 'apt-get install util-linux',
  zsh: 'apt-get install zsh',
};

/** What is fetched or built once for this machine. */
export const cacheFolder = join(cacheOfUser(), 'tools');
/** Where `.ci/tools` builds what Debian lacks. */
const built = join(cacheFolder, 'bin');

/** The path of a program. Without it the test fails: what is deployed must be tried. */
export function tool(name: keyof typeof installed): string {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', built];
  for (const folder of folders) if (existsSync(join(folder, name))) return join(folder, name);
  throw new Error(`This test needs ${name}. Install it (${installed[name]}), or run .ci/tools as root on Debian.`);
}
