import { cachedRead } from '../../core/composition/cachedRead.ts';
import type { Metrics } from '../../core/composition/metrics.ts';
import type { TemporalClient } from './temporal.ts';

/** Shows whether this process reaches Temporal. */
export function addTemporalGauge(metrics: Pick<Metrics, 'gauge'>, temporal: Pick<TemporalClient, 'check'>): void {
  const reachable = cachedRead(() =>
    temporal.check().then(
      () => 1,
      () => 0,
    ),
  );
  metrics.gauge('everhook_temporal_reachable', '1 if Temporal answers this process, else 0.', reachable);
}
