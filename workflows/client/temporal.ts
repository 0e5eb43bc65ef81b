import { InterceptingCall, type Interceptor, status } from '@grpc/grpc-js';
import {
  Client,
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type WorkflowClientInterceptor,
} from '@temporalio/client';
import type { Config } from '../../core/composition/config.ts';
import type { TemporalTls } from '../../core/composition/temporalTls.ts';
import { addressIdentity } from './addressIdentity.ts';

/** A connection to Temporal that opens when it is first needed, and again after a failure. */
export interface TemporalClient {
  /** Connects beforehand, if Temporal can be reached: otherwise the first call would hold up the process for a moment. */
  warm(): void;
  /** @throws when Temporal cannot be reached now */
  use<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** Rejects if Temporal does not answer in a short time. */
  check(): Promise<void>;
  /** Ends the connection, once the calls under way have ended: none of them is tried again. */
  close(): Promise<void>;
}

/** How long a call waits for a connection, or the check for its answer. Milliseconds. */
const usualTimeoutMs = 3_000;

/** Settings of a Temporal whose address is known. */
export type TemporalSettings = Config['temporal'] & {
  readonly address: string;
  /** How long a call waits for a connection, in milliseconds. @default 3 s */
  readonly connectTimeoutMs?: number;
};

function tlsOptions({ serverName, authority, client }: TemporalTls) {
  return {
    ...(serverName === null ? {} : { serverNameOverride: serverName }),
    ...(authority ? { serverRootCACertificate: authority } : {}),
    ...(client ? { clientCertPair: { crt: client.certificate, key: client.key } } : {}),
  };
}

/** As the clients of both SDKs take them, in Node and in the worker's core. */
export function temporalConnectionOptions({ address, tls, apiKey }: TemporalSettings) {
  return {
    address,
    tls: typeof tls === 'object' ? tlsOptions(tls) : tls,
    ...(apiKey === null ? {} : { apiKey }),
  };
}

/** A Temporal on this machine. The proxy that `https_proxy` names could not reach it. */
const isHere = /^(127(\.\d+){3}|localhost|\[::1\]):/;
const noProxy = { 'grpc.enable_http_proxy': 0 } as const;

interface Opened {
  readonly connection: Connection;
  readonly client: Client;
}

/** Called after each call, for each try separately, with the operation, the name of gRPC's code, and the duration. */
export type OnCall = (operation: string, code: string, durationMs: number) => void;

const measuring =
  (onCall: OnCall): Interceptor =>
  (options, nextCall) => {
    const operation = options.method_definition.path.split('/').at(-1) ?? '';
    const beganAt = performance.now();
    return new InterceptingCall(nextCall(options), {
      start(metadata, _listener, next) {
        next(metadata, {
          onReceiveStatus(ended, pass) {
            onCall(operation, status[ended.code] ?? 'UNKNOWN', performance.now() - beganAt);
            pass(ended);
          },
        });
      },
    });
  };

export function createTemporalClient(
  temporal: TemporalSettings,
  onCall?: OnCall,
  workflow: readonly WorkflowClientInterceptor[] = [],
): TemporalClient {
  const { connectTimeoutMs = usualTimeoutMs } = temporal;
  let opening: Promise<Opened> | null = null;
  let inUse = 0;
  let closed = false;
  const usualRetries = defaultGrpcRetryOptions();
  const retries: typeof usualRetries = {
    ...usualRetries,
    retryableDecider: (attempt, ended) => !closed && usualRetries.retryableDecider(attempt, ended),
  };

  async function open(): Promise<Opened> {
    const { address } = temporal;
    const byAddress = addressIdentity(temporal);
    const connection = Connection.lazy({
      ...(byAddress ?? temporalConnectionOptions(temporal)),
      address,
      connectTimeout: connectTimeoutMs,
      channelArgs: { ...byAddress?.channelArgs, ...(isHere.test(address) ? noProxy : {}) },
      // The first one is the SDK's default, but for its end.
      interceptors: [makeGrpcRetryInterceptor(retries), ...(onCall ? [measuring(onCall)] : [])],
    });
    try {
      await connection.ensureConnected();
    } catch (error) {
      await connection.close();
      throw error;
    }
    return {
      connection,
      client: new Client({ connection, namespace: temporal.namespace, interceptors: { workflow: [...workflow] } }),
    };
  }

  async function use<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
    if (closed) throw new Error('The client of Temporal is closed.');
    opening ??= open().catch((error) => {
      opening = null;
      throw error;
    });
    const opened = await opening;
    inUse++;
    try {
      return await work(opened);
    } finally {
      // The client keeps each call's deadline in an AsyncLocalStorage. Node before 24 builds that on hooks, which
      // cost every promise of the process 10 % of its time from the first call on, unless the storage is disabled
      // between calls.
      if (--inUse === 0) {
        opened.connection.callContextStorage.disable();
        if (closed) await opened.connection.close();
      }
    }
  }

  const check = () =>
    use(async ({ connection }) => {
      await connection.withDeadline(Date.now() + usualTimeoutMs, () => connection.workflowService.getSystemInfo({}));
    });

  return {
    warm() {
      check().catch(() => {});
    },
    use: (work) => use(({ client }) => work(client)),
    check,
    async close() {
      closed = true;
      const opened = await opening?.catch(() => null);
      // A call that waits for its next try would throw on a closed connection, from a timer, which ends the process: the last call closes it.
      if (inUse === 0) await opened?.connection.close();
    },
  };
}
