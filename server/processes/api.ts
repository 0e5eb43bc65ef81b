import { reachableDatabase, untilReached } from '../../core/composition/reach.ts';
import { Closing } from '../../core/ground/closing.ts';
import { runProcess } from './runProcess.ts';

/** An API process: publishing, first attempts, queries, the live feed. Without Temporal it serves, and says so when asked. */
await runProcess('api', async ({ config, log, waiting }) => {
  await untilReached(reachableDatabase(config.databaseUrl), waiting);
  // Loaded only now: it is most of the product, and a wrong setting is to be named before that.
  const [{ createService }, { createHttpServer }] = await Promise.all([
    import('./service.ts'),
    import('../http/httpServer.ts'),
  ]);
  const closing = new Closing(log);
  const service = closing.add(await createService(config, log));
  const http = closing.add(createHttpServer({ ...service, config, log }));
  const { host, port } = await http.listen();
  // Not as a URL: those are taken for credentials in the log.
  log.info({ listening: `${host}:${port}` }, 'API ready');
  return closing;
});
