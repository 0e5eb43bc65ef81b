// Keeps a tracker's tickets in step with Onplana's tasks. For an update it writes only the fields that `diff` names, so
// changes that people made in the tracker stay.
//
//   WEBHOOK_SECRET=… TRACKER_URL=https://tracker.example/api TRACKER_TOKEN=… node examples/ticket-sync.mjs
import { serve } from './receive.mjs';

const { TRACKER_URL: tracker, TRACKER_TOKEN: token = '' } = process.env;

/** A task's field → the ticket's. Other fields do not concern the tracker. */
const fields = {
  name: 'title',
  description: 'description',
  status: 'state',
  priority: 'priority',
  due_date: 'due',
};

async function call(method, path, body) {
  const response = await fetch(`${tracker}${path}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok) throw new Error(`The tracker answered ${response.status} to ${method} ${path}.`);
  return response.json();
}

/** Each ticket carries its task's id, so creating a ticket twice finds the first one. */
async function ticketOf(taskId) {
  const [ticket] = await call('GET', `/tickets?external_id=${encodeURIComponent(taskId)}`);
  return ticket ?? null;
}

const create = ({ id, ...task }) =>
  call('POST', '/tickets', {
    external_id: id,
    ...Object.fromEntries(
      Object.entries(fields)
        .filter(([field]) => task[field] !== undefined)
        .map(([field, name]) => [name, task[field]]),
    ),
  });

/** A side that `diff` leaves out is a field that the task no longer has. */
const changesOf = (diff) =>
  Object.fromEntries(
    Object.entries(diff)
      .filter(([field]) => Object.hasOwn(fields, field))
      .map(([field, { after = null }]) => [fields[field], after]),
  );

serve(async ({ event, data }) => {
  if (event === 'task.created' && (await ticketOf(data.id)) === null) await create(data);
  if (event !== 'task.updated' || !data.diff) return;
  const changes = changesOf(data.diff);
  if (Object.keys(changes).length === 0) return;
  const ticket = await ticketOf(data.id);
  // A task that is older than the webhook.
  if (ticket === null) await create(data);
  else await call('PATCH', `/tickets/${ticket.id}`, changes);
});
