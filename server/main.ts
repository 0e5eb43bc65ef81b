import type { Logger } from 'pino';
import { createHttpServer } from './http.ts';
import { createLog } from './log.ts';
import { loadProcessConfig, type ProcessConfig } from './processConfig.ts';
import { createService } from './service.ts';
import { untilStopped } from './untilStopped.ts';

/** Runs an API process: publishing, first attempts, queries, the live feed. */
async function run(config: ProcessConfig, log: Logger): Promise<void> {
  const service = await createService(config, log);
  const http = createHttpServer({ ...service, config, log });
  const address = await http.listen();
  log.info(address, 'API ready');
  process.send?.('ready');
  await untilStopped();
  log.info('ending');
  await http.close();
  await service.close();
}

const config = loadProcessConfig(process.env);
const log = createLog(config.logLevel, 'api');
run(config, log).then(
  () => process.exit(0),
  (error) => {
    log.fatal({ err: error }, 'the API stopped');
    process.exit(1);
  },
);
