import { context, propagation } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { WorkflowSignalWithStartInput } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StackContext } from '../../../core/telemetry/stackContext.ts';
import { tracedCalls } from '../../../workflows/client/tracedCalls.ts';
import { traceHeader } from '../../../workflows/names.ts';

beforeAll(() => {
  context.setGlobalContextManager(new StackContext());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
});
afterAll(() => {
  context.disable();
  propagation.disable();
});

/** Signals through the interceptors. @returns the headers that Temporal would get, and the spans */
async function signalled(sampler: Sampler) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ sampler, spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const [outer, inner] = tracedCalls(provider.getTracer('test'));
  const input = { workflowType: 'deliver', headers: { other: {} }, options: { workflowId: 'deliver:w' } };
  let headers: object = {};
  await outer?.signalWithStart?.(
    input as unknown as WorkflowSignalWithStartInput,
    async (sent) =>
      inner?.signalWithStart?.(sent, async (last) => {
        headers = last.headers;
        return 'run';
      }) as Promise<string>,
  );
  return { headers, spans: exporter.getFinishedSpans().map(({ name }) => name) };
}

describe('a call to a workflow', () => {
  it('takes its trace along where that is recorded', async () => {
    const { headers, spans } = await signalled(new AlwaysOnSampler());
    expect(Object.keys(headers)).toEqual(['other', traceHeader]);
    expect(spans).toEqual(['SignalWithStartWorkflow:deliver']);
  });

  it('takes nothing along where it is not, so that the workflow runs as without traces', async () => {
    const { headers, spans } = await signalled(new AlwaysOffSampler());
    expect(Object.keys(headers)).toEqual(['other']);
    expect(spans).toEqual([]);
  });
});
