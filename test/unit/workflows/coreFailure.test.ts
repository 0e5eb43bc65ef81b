import { describe, expect, it } from 'vitest';
import { outageOf } from '../../../core/ground/outage.ts';
import { coreFailure } from '../../../workflows/worker/coreFailure.ts';

const written = (code: string, message: string) =>
  `Status { code: ${code}, message: ${JSON.stringify(message)}, metadata: MetadataMap { headers: {"content-type": "application/grpc"} }, source: None }`;

describe('a failed call of which Temporal’s core tells as text', () => {
  it.each([
    ['Unavailable', 'shard status unknown', 'gRPC UNAVAILABLE'],
    ['DeadlineExceeded', 'Timeout expired', 'gRPC DEADLINE_EXCEEDED'],
    ['ResourceExhausted', 'a "busy" workflow', 'gRPC RESOURCE_EXHAUSTED'],
    ['Cancelled', '', 'gRPC CANCELLED'],
  ])('has its cause, as the same failure has in JavaScript: %s', (code, message, cause) => {
    expect(outageOf(coreFailure(written(code, message)))).toEqual({ part: 'temporal', cause });
  });

  it.each([
    ['The service is currently unavailable', 'gRPC UNAVAILABLE'],
    ['Deadline expired before operation could complete', 'gRPC DEADLINE_EXCEEDED'],
    ['Some resource has been exhausted', 'gRPC RESOURCE_EXHAUSTED'],
    ['The operation was cancelled', 'gRPC CANCELLED'],
    ['The operation was aborted', 'gRPC ABORTED'],
  ])('has its cause also where it is shown as to people: %s', (sentence, cause) => {
    expect(outageOf(coreFailure(`code: '${sentence}', message: "shard \\"status\\" unknown"`))).toEqual({
      part: 'temporal',
      cause,
    });
    expect(coreFailure('code: \'Client specified an invalid argument\', message: "no"')).toBeUndefined();
  });

  it('is no outage where the call itself is refused', () => {
    expect(coreFailure(written('InvalidArgument', 'no'))).toMatchObject({ code: 3, details: 'no' });
    expect(outageOf(coreFailure(written('InvalidArgument', 'no')))).toBeNull();
  });

  it.each([undefined, 7, '', 'shard status unknown', 'Status { code: Nothing, message: "x" }'])(
    'is nothing else: %j',
    (text) => {
      expect(coreFailure(text)).toBeUndefined();
    },
  );
});
