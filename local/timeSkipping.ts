import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached, cacheFolder } from './cache.ts';
import { toolEnvironment } from './environment.ts';
import type { Progress } from './progress.ts';
import { watched, watchedCommand } from './watchedCommand.ts';

/** Temporal's time-skipping test server, in the form that the SDK's `server.executable` takes. */
export interface TimeSkippingServer {
  readonly type: 'existing-path';
  readonly path: string;
}

/** The Java SDK's release, which this server comes from. */
const testServerVersion = '1.32.0';
const folderName = `temporal-test-server-${testServerVersion}`;

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>everhook</groupId>
  <artifactId>time-skipping</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${testServerVersion}</version>
    </dependency>
  </dependencies>
</project>
`;

// Finds its libraries beside itself, wherever the cache lies. One compiler tier and one collector thread start fastest.
const startScript = `#!/bin/sh
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"
`;

async function fromMaven(folder: string, progress: Progress): Promise<void> {
  const run = promisify(execFile);
  await run('java', ['-version']);
  await writeFile(join(folder, 'pom.xml'), POM);
  const lib = join(folder, 'lib');
  await mkdir(lib);
  await watchedCommand({
    program: 'mvn',
    args: ['-B', 'dependency:copy-dependencies', `-DoutputDirectory=${lib}`, '-DincludeScope=runtime'],
    cwd: folder,
    env: toolEnvironment(),
    progress,
    waiting: (line) => (line === '' ? 'Maven starts' : `Maven: ${line.slice(0, 120)}`),
    silentMs: () => 90_000,
  });
  await writeFile(join(folder, 'server'), startScript, { mode: 0o755 });
}

async function download(folder: string, progress: Progress): Promise<void> {
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const executable = { type: 'cached-download', downloadDir: folder } as const;
  const environment = await watched(
    "waiting for the download of Temporal's time-skipping test server",
    TestWorkflowEnvironment.createTimeSkipping({ server: { executable } }),
    progress,
  );
  await environment.teardown();
}

/**
 * The server that lets a test skip hours of sleep: from the cache, otherwise by the SDK's own download, otherwise, with
 * Java and Maven, from its published libraries.
 *
 * @throws if there is none, and names both ways: tests that need it must not be skipped silently
 */
export async function timeSkippingServer(progress: Progress): Promise<TimeSkippingServer> {
  const libraries = join(cacheFolder(), folderName);
  if (!existsSync(libraries)) {
    const failures: string[] = [];
    try {
      const folder = await cached(`${folderName}-download`, progress, (fresh) => download(fresh, progress));
      const file = (await readdir(folder)).find((name) => name.startsWith('temporal-test-server'));
      if (file !== undefined) return { type: 'existing-path', path: join(folder, file) };
      failures.push('the SDK downloaded nothing');
    } catch (error) {
      failures.push(`the SDK's download failed (${(error as Error).message.slice(0, 200)})`);
    }
    progress(`Getting Temporal's time-skipping test server ${testServerVersion} with Maven, once`);
    try {
      await cached(folderName, progress, (fresh) => fromMaven(fresh, progress));
    } catch (error) {
      failures.push(`getting it with Java and Maven failed (${(error as Error).message.slice(0, 400)})`);
      throw new Error(
        `Temporal's time-skipping test server could not be found: ${failures.join('; ')}. ` +
          'Allow the download, or put Java 8 or newer and Maven on the PATH, and run again.',
      );
    }
  }
  return { type: 'existing-path', path: join(libraries, 'server') };
}
