// CommonJS, because only its `require` loads a package when it is first needed.

/**
 * @import { WorkflowInboundCallsInterceptor, WorkflowInterceptors, WorkflowOutboundCallsInterceptor } from '@temporalio/workflow'
 */

/** Under this name Temporal's interceptors put a trace into headers; the same as in names.ts, which this file cannot require. */
const traceHeader = '_tracer-data';

/**
 * Traces what comes with a trace, and nothing else. Whether it does is in the history: so a history is replayed in the same steps,
 * wherever tracing is on or off then, and where none is, workflows run as if this were not here. That is why no function here is
 * `async`: each would add steps of its own to what waits for it. And OpenTelemetry's packages are loaded only where they are
 * needed: in the sandbox of each workflow that would cost more than all else at its start.
 *
 * Temporal calls this for each workflow.
 *
 * @returns {WorkflowInterceptors}
 */
exports.interceptors = () => {
  let loaded = null;

  function load() {
    if (loaded === null) {
      const temporal = require('@temporalio/interceptors-opentelemetry/lib/workflow/index.js');
      loaded = {
        inbound: new temporal.OpenTelemetryInboundInterceptor(),
        outbound: new temporal.OpenTelemetryOutboundInterceptor(),
        api: require('@opentelemetry/api'),
      };
    }
    return loaded;
  }

  /** What traces a call that comes in; null if it comes without a trace. */
  const bringing = ({ headers }) => (traceHeader in headers ? load().inbound : null);
  /** What traces a call that goes out; null if it does so outside of all spans. */
  const within = () =>
    loaded !== null && loaded.api.trace.getSpan(loaded.api.context.active()) !== undefined ? loaded.outbound : null;

  const passing = (traces, name) => (input, next) => {
    const tracing = traces(input);
    return tracing === null ? next(input) : tracing[name](input, next);
  };
  const each = (traces, names) => Object.fromEntries(names.map((name) => [name, passing(traces, name)]));

  /** @type {WorkflowInboundCallsInterceptor} */
  const inbound = each(bringing, ['execute', 'handleSignal', 'handleUpdate', 'validateUpdate', 'handleQuery']);
  /** @type {WorkflowOutboundCallsInterceptor} */
  const outbound = each(within, ['scheduleActivity', 'scheduleLocalActivity', 'continueAsNew']);
  return { inbound: [inbound], outbound: [outbound] };
};
