import { inject } from 'vitest';

/** The run's real Temporal server, started when the first test asks. Test files share it: give task queues names of your own. */
export async function temporalServer(): Promise<{ address: string; namespace: string }> {
  const response = await fetch(`${inject('partsUrl')}/temporal`);
  if (!response.ok) throw new Error(`Temporal does not start: ${await response.text()}`);
  return (await response.json()) as { address: string; namespace: string };
}
