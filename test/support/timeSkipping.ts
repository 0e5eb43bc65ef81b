import { TestWorkflowEnvironment } from '@temporalio/testing';
import { toStderr } from '../../local/progress.ts';
import { timeSkippingServer } from '../../local/timeSkipping.ts';

/** A test environment that skips time whenever everything waits. The caller tears it down. */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const executable = await timeSkippingServer(toStderr);
  for (let attempt = 1; ; attempt++) {
    try {
      return await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
    } catch (error) {
      // The SDK gives the server 5 s to start, which a busy machine may exceed.
      if (attempt === 3) throw error;
    }
  }
}
