import { ValidationError } from '@everhook/sdk';
import { parseJson } from '@everhook/sdk/json';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { CodeField, TextField } from '../design/Field.tsx';
import { PlusIcon } from '../design/icons.tsx';
import { Card, Empty, Failure, Loading, messageOf } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { TypeDetail } from '../webhooks/EventTypePicker.tsx';
import { byCategory, useEventTypes } from '../webhooks/queries.ts';
import { FormDialog } from './FormDialog.tsx';
import styles from './settings.module.css';

/** The event types that can be published here, and the organization's own types. */
export function EventTypesTab() {
  const { project, may } = useScope();
  const types = useEventTypes(project?.id ?? null);
  const [adding, setAdding] = useState(false);
  return (
    <>
      <div className={styles.bar}>
        <p>
          {project
            ? `What can be published in ${project.name}: its profile’s catalogue, the organization’s types and its own.`
            : 'What can be published for the whole organization. A project’s own types show when it is chosen on the left.'}
        </p>
        {may('ORGANIZATION_MANAGE') && (
          <Button look="primary" onClick={() => setAdding(true)}>
            <PlusIcon /> New event type
          </Button>
        )}
      </div>
      {types.isPending && <Loading rows={5} height="2.5rem" />}
      {types.isError && <Failure error={types.error} retry={() => void types.refetch()} />}
      {types.data?.length === 0 && (
        <Card>
          <Empty title="No event types yet">
            <p>A type has a name and a JSON Schema; what does not fit it is refused when it is published.</p>
          </Empty>
        </Card>
      )}
      {byCategory(types.data ?? []).map(({ category, types: group }) => (
        <section key={category} className={styles.form}>
          <h2>{category}</h2>
          <Card aria-label={category}>
            {group.map((type) => (
              <details key={type.name} className={styles.type}>
                <summary>
                  <code>{type.name}</code> <span className="muted">{type.description}</span>
                </summary>
                <TypeDetail type={type} />
              </details>
            ))}
          </Card>
        </section>
      ))}
      {adding && <NewType onClose={() => setAdding(false)} />}
    </>
  );
}

const beginning = JSON.stringify(
  { type: 'object', required: ['id'], properties: { id: { type: 'string' } }, additionalProperties: true },
  null,
  2,
);

function parsed(text: string, field: 'schema' | 'example'): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw new ValidationError(`This is no JSON: ${messageOf(error)}`, { field });
  }
}

function NewType({ onClose }: { onClose(): void }) {
  const { client } = useSession();
  const { filter, project, organization } = useScope();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [category, setCategory] = useState('');
  const [description, setDescription] = useState('');
  const [schema, setSchema] = useState(beginning);
  const [example, setExample] = useState('{\n  "id": "1"\n}');
  return (
    <FormDialog
      title={`New event type of ${project?.name ?? organization.name}`}
      action="Create event type"
      wide
      onSubmit={async () => {
        await client.eventTypes.create({
          ...filter,
          name: name.trim(),
          schema: parsed(schema, 'schema'),
          ...(example.trim() && { example: parsed(example, 'example') }),
          ...(category.trim() && { category: category.trim() }),
          ...(description.trim() && { description: description.trim() }),
        });
        await queries.invalidateQueries({ queryKey: ['eventTypes'] });
      }}
      onClose={onClose}
    >
      <TextField
        name="name"
        label="Name"
        placeholder="order.created"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        name="category"
        label="Category"
        optional
        value={category}
        onChange={(event) => setCategory(event.target.value)}
      />
      <TextField
        name="description"
        label="Description"
        optional
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <CodeField
        name="schema"
        label="Schema"
        hint="JSON Schema, draft 2020-12."
        rows={9}
        value={schema}
        onChange={(event) => setSchema(event.target.value)}
      />
      <CodeField
        name="example"
        label="Example"
        optional
        hint="It must fit the schema."
        rows={5}
        value={example}
        onChange={(event) => setExample(event.target.value)}
      />
    </FormDialog>
  );
}
