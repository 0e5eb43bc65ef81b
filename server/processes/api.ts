import { migratedDatabase, reachableDatabase, untilReached } from '../../core/composition/reach.ts';
import { Closing } from '../../core/ground/closing.ts';
import { bracketed } from '../../core/ground/listening.ts';
import { reachableTemporal } from '../../workflows/client/reachTemporal.ts';
import { serveMetrics } from '../http/metricsServer.ts';
import { createWaitingRoom } from '../http/waitingRoom.ts';
import { runProcess } from './runProcess.ts';

/**
 * An API process: publishing, first attempts, queries, the live feed. It serves without Temporal, and `/readyz` says so. While it
 * waits for its database or for a migration it lives, and says that it is not ready.
 */
await runProcess('api', async ({ config, log, telemetry, waiting }) => {
  const room = createWaitingRoom();
  const port = await room.listen(config);
  log.info({ listening: `${bracketed(config.host)}:${port}` }, 'API starts');
  await untilReached(reachableDatabase(config.databaseUrl), waiting);
  room.waitsFor('migrations');
  await untilReached(migratedDatabase(config.databaseUrl), waiting);
  // A database that can be read may still refuse writes, which the service waits for.
  room.waitsFor('postgresql');
  // Loaded only now: it is most of the product, and wrong settings must be reported before that takes its time.
  const [{ createService }, { createHttpServer }] = await Promise.all([
    import('./service.ts'),
    import('../httpServer.ts'),
  ]);
  const closing = new Closing(log);
  const service = closing.add('the service', await createService(config, log, telemetry, waiting));
  closing.add(
    'metrics',
    await serveMetrics(
      service.metrics.registry,
      service.services.readiness,
      { host: config.host, port: config.apiMetricsPort },
      log,
    ),
  );
  const http = closing.add(
    'the HTTP server',
    createHttpServer({ ...service, config: { ...config, port }, log, traced: telemetry?.tracing != null }),
  );
  closing.defer('traffic that is led elsewhere', () => http.turnAway(config.shutdownDelayMs));
  await room.close();
  const { host } = await http.listen();
  // Not as a URL: the log redacts URLs as credentials.
  log.info({ listening: `${bracketed(host)}:${port}` }, 'API ready');
  // Nothing waits for it; but what is wrong with its settings is said from the start.
  const stopping = new AbortController();
  closing.defer('what waits for Temporal', async () => stopping.abort());
  untilReached(reachableTemporal(config.temporal), (line) => log.warn(line), stopping.signal).catch(() => {});
  return closing;
});
