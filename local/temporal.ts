import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { onFreePorts, PortTaken } from '../core/ground/freePorts.ts';
import { type LocalProcess, logLength, logTail, saidSince, startProcess } from './childProcess.ts';
import { plainEnvironment } from './environment.ts';
import { type Ending, howItEnded } from './howItEnded.ts';
import type { LocalPostgres } from './postgres.ts';
import { type Progress, toStderr } from './progress.ts';
import { type TemporalBinaries, temporalBinaries } from './temporalBinaries.ts';
import { temporalConfig, temporalDynamicArguments, temporalDynamicConfig } from './temporalConfig.ts';
import { setUpSchemas } from './temporalSchema.ts';

/** A Temporal that this process started on loopback. */
export interface LocalTemporal extends LocalProcess {
  /** `host:port` of its gRPC frontend. */
  readonly address: string;
  readonly namespace: string;
  /** Give these to the next start, so that workers find it again at the same address. */
  readonly ports: readonly number[];
}

export interface TemporalOptions {
  /** Holds configuration and log; made if missing. */
  readonly folder: string;
  /** Where the server keeps its data, in two databases of its own. */
  readonly postgres: Pick<LocalPostgres, 'port' | 'folder' | 'url' | 'urlFor'>;
  /** Used if they are free. */
  readonly ports?: readonly number[];
  /** Default `default`. */
  readonly namespace?: string;
  /** A Temporal CLI to run; null or absent: what is found. */
  readonly cli?: string | null;
  readonly progress?: Progress;
  /** Gives up the start, and ends what was started. */
  readonly signal?: AbortSignal;
}

/** Closed workflows hold only ids; the delivery log is in the store. gRPC code numbers are fixed by its specification. */
const retentionSeconds = 3 * 24 * 3600;
const alreadyExists = 6;

/** The development server makes its tables at its first start, one by one. Killed meanwhile, it never starts on that file again. */
class HalfMade extends Error {}
const halfMade = 'no such table';
const portInUse = 'address already in use';
const devDatabase = 'temporal.db';

/** Puts a half-made file away. Nobody's work is in it: no worker starts before the server has answered. */
async function putAway(folder: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm', '-journal']) {
    const file = join(folder, `${devDatabase}${suffix}`);
    if (existsSync(file)) await rename(file, join(folder, `${devDatabase}.half-made${suffix}`));
  }
}

/** Waits until the server answers, registers the namespace if it is missing, and waits until it can be used. */
async function ready(
  server: LocalProcess,
  address: string,
  namespace: string,
  { log, from }: { readonly log: string; readonly from: number },
  signal: AbortSignal,
): Promise<void> {
  let ended: Ending | null = null;
  void server.exited.then((ending) => {
    ended = ending;
  });
  const attempt = async () => {
    // The proxy that `https_proxy` names could not reach it.
    const channelArgs = { 'grpc.enable_http_proxy': 0 };
    const connection = await Connection.connect({ address, connectTimeout: 2_000, channelArgs });
    try {
      const retention = { seconds: retentionSeconds } as never;
      const isNew = await connection.workflowService
        .registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention })
        .then(
          () => true,
          (error: unknown) => {
            if (!isGrpcServiceError(error) || error.code !== alreadyExists) throw error;
            return false;
          },
        );
      // The CLI makes its namespace itself, with a retention of its own.
      if (!isNew) {
        await connection.workflowService.updateNamespace({
          namespace,
          config: { workflowExecutionRetentionTtl: retention },
        });
      }
      // Each service of the server learns of a namespace separately: this call asks frontend, visibility and
      // history.
      await connection.workflowService.listOpenWorkflowExecutions({ namespace, maximumPageSize: 1 });
    } finally {
      await connection.close();
    }
  };
  const deadline = Date.now() + 120_000;
  for (;;) {
    const error = await attempt().then(
      () => null,
      (failure: Error) => failure,
    );
    // What answers may be another server, to which this one lost its port.
    if (error === null && ended === null) return;
    const said = error?.message ?? 'another server has its port';
    if (said.includes(halfMade) || (ended && (await saidSince(log, from)).includes(halfMade))) {
      await server.stop();
      throw new HalfMade(`Temporal's tables are missing (${said}). The end of ${log}:\n${logTail(log)}`);
    }
    if (signal.aborted) {
      await server.kill();
      throw signal.reason;
    }
    if (ended || Date.now() > deadline) {
      await server.stop();
      const why = ended === null ? said : howItEnded('It', ended);
      const isTaken = ended !== null && (await saidSince(log, from)).includes(portInUse);
      throw new (isTaken ? PortTaken : Error)(`Temporal does not start (${why}). The end of ${log}:\n${logTail(log)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function start(
  binaries: TemporalBinaries,
  options: TemporalOptions,
  ports: readonly number[],
  namespace: string,
  signal: AbortSignal,
): Promise<LocalProcess> {
  const { folder } = options;
  const files = {
    cwd: folder,
    log: join(folder, 'temporal.log'),
    pidFile: join(folder, 'temporal.pid'),
    env: plainEnvironment(),
  };
  if (binaries.kind === 'cli') {
    const data = join(folder, devDatabase);
    return startProcess(
      'Temporal',
      binaries.cli,
      ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(ports[0])].concat(
        ['--namespace', namespace, '--db-filename', data, '--log-level', 'warn'],
        ['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=FULL'],
        temporalDynamicArguments(),
      ),
      files,
    );
  }
  const { postgres } = options;
  const credentials = await setUpSchemas(binaries.sql, postgres, signal);
  signal.throwIfAborted();
  const dynamicConfigFile = join(folder, 'dynamic.yaml');
  const configFile = join(folder, 'server.yaml');
  await writeFile(dynamicConfigFile, temporalDynamicConfig());
  await writeFile(
    configFile,
    temporalConfig({ ports, postgres: { port: postgres.port, ...credentials }, dynamicConfigFile }),
    {
      mode: 0o600,
    },
  );
  return startProcess('Temporal', binaries.server, ['--config-file', configFile, '--allow-no-auth', 'start'], files);
}

/** Starts Temporal on its data, made at the first start. Returns when its namespace can be used. */
export async function startTemporal(options: TemporalOptions): Promise<LocalTemporal> {
  const { namespace = 'default', progress = toStderr, signal = new AbortController().signal } = options;
  const folder = join(options.folder, 'temporal');
  const used = existsSync(join(folder, devDatabase))
    ? 'cli'
    : existsSync(join(folder, 'server.yaml'))
      ? 'server'
      : null;
  const binaries = await temporalBinaries(progress, { cli: options.cli ?? null, used, signal });
  signal.throwIfAborted();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const log = join(folder, 'temporal.log');
  const begin = async (ports: readonly number[]): Promise<LocalTemporal> => {
    const address = `127.0.0.1:${ports[0]}`;
    const from = logLength(log);
    const server = await start(binaries, { ...options, folder }, ports, namespace, signal);
    await ready(server, address, namespace, { log, from }, signal);
    return { ...server, address, namespace, ports };
  };
  const wanted = Array.from({ length: 8 }, (_, index) => options.ports?.[index] ?? 0);
  return onFreePorts(wanted, begin).catch(async (error: unknown) => {
    if (binaries.kind !== 'cli' || !(error instanceof HalfMade)) throw error;
    progress(`An earlier start was killed before Temporal had made its tables: it makes them anew (${folder}).`);
    await putAway(folder);
    return onFreePorts(wanted, begin);
  });
}
