import { reachableDatabase, untilReached } from '../../core/composition/reach.ts';
import { Closing } from '../../core/ground/closing.ts';
import { bracketed } from '../../core/ground/listening.ts';
import { serveMetrics } from '../http/metricsServer.ts';
import { runProcess } from './runProcess.ts';

/** An API process: publishing, first attempts, queries, the live feed. It serves without Temporal, and `/readyz` says so. */
await runProcess('api', async ({ config, log, waiting }) => {
  await untilReached(reachableDatabase(config.databaseUrl), waiting);
  // Loaded only now: it is most of the product, and wrong settings must be reported before that takes its time.
  const [{ createService }, { createHttpServer }] = await Promise.all([
    import('./service.ts'),
    import('../httpServer.ts'),
  ]);
  const closing = new Closing(log);
  const service = closing.add(await createService(config, log));
  closing.add(
    await serveMetrics(
      service.metrics,
      service.services.readiness,
      { host: config.host, port: config.apiMetricsPort },
      log,
    ),
  );
  const http = closing.add(createHttpServer({ ...service, config, log }));
  closing.defer(() => http.turnAway(config.shutdownDelayMs));
  const { host, port } = await http.listen();
  // Not as a URL: the log redacts URLs as credentials.
  log.info({ listening: `${bracketed(host)}:${port}` }, 'API ready');
  return closing;
});
