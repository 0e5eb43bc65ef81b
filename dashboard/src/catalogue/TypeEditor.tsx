import { type EventType, ValidationError } from '@everhook/sdk';
import { parseJson } from '@everhook/sdk/json';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { Button } from '../design/Button.tsx';
import { CodeField, TextField } from '../design/Field.tsx';
import { messageOf } from '../design/Surfaces.tsx';
import { useToast } from '../design/Toasts.tsx';
import { treeOf } from '../schema/jsonTree.ts';
import { SchemaTree } from '../schema/SchemaTree.tsx';
import { isSchemaObject } from '../schema/schemaDocument.ts';
import { useSession } from '../session/session.tsx';
import { FormDialog } from '../settings/FormDialog.tsx';
import { useScope } from '../shell/scope.tsx';
import { useWords } from '../words/words.ts';
import styles from './catalogue.module.css';
import { schemaOfExample } from './schemaOfExample.ts';
import { useTypesChanged } from './useTypesChanged.ts';

const beginning = {
  schema: { type: 'object', required: ['id'], properties: { id: { type: 'string' } }, additionalProperties: true },
  example: { id: '1' },
};

interface EditorProps {
  /** Null: a new one. */
  readonly type: EventType | null;
  onClose(): void;
}

/** Makes a type, or changes one, and shows its schema as people will read it. */
export function TypeEditor({ type, onClose }: EditorProps) {
  const t = useWords('catalogue');
  const { client } = useSession();
  const { filter, project, organization, path } = useScope();
  const [, navigate] = useLocation();
  const toast = useToast();
  const changed = useTypesChanged();
  const [name, setName] = useState('');
  const [category, setCategory] = useState(type?.category ?? '');
  const [description, setDescription] = useState(type?.description ?? '');
  const [schema, setSchema] = useState(() => JSON.stringify((type ?? beginning).schema, null, 2));
  const [example, setExample] = useState(() => textOf(type ? type.example : beginning.example));
  const parsed = (text: string, field: 'schema' | 'example'): unknown => {
    try {
      return parseJson(text);
    } catch (error) {
      throw new ValidationError(t('edit.noJson', { message: messageOf(error) }), { field });
    }
  };
  const shown = jsonOf(schema);

  const save = async () => {
    const content = {
      schema: parsed(schema, 'schema'),
      example: example.trim() === '' ? null : parsed(example, 'example'),
      category: category.trim() || null,
      description: description.trim() || null,
    };
    // What is unchanged makes no version.
    const { eventTypes } = client;
    const saved = type
      ? await eventTypes.update(type.id, {
          ...content,
          ...(type.version !== null && { expectedVersion: type.version }),
        })
      : await eventTypes.create({ ...filter, ...withoutNulls(content), name: name.trim(), schema: content.schema });
    await changed();
    if (saved.warnings.length > 0) {
      toast(`${t('edit.warnings')} ${saved.warnings.map(({ field, message }) => `${field}: ${message}`).join(' ')}`);
    }
    if (!type) navigate(path(`catalogue/${encodeURIComponent(saved.project ? saved.id : saved.name)}`));
  };

  return (
    <FormDialog
      title={
        type ? t('edit.changeOf', { name: type.name }) : t('edit.newOf', { name: project?.name ?? organization.name })
      }
      action={type ? t('edit.save') : t('edit.create')}
      wide
      onSubmit={save}
      onClose={onClose}
    >
      {!type && (
        <TextField
          name="name"
          label={t('edit.name')}
          placeholder="order.created"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      )}
      <TextField
        name="category"
        label={t('edit.category')}
        optional
        dir="auto"
        value={category}
        onChange={(event) => setCategory(event.target.value)}
      />
      <TextField
        name="description"
        label={t('edit.description')}
        optional
        dir="auto"
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <CodeField
        name="schema"
        label={t('type.schema')}
        hint={t('edit.schemaHint')}
        rows={9}
        value={schema}
        onChange={(event) => setSchema(event.target.value)}
      />
      {isSchemaObject(shown) && (
        <details>
          <summary>{t('edit.preview')}</summary>
          <SchemaTree schema={shown} />
        </details>
      )}
      <CodeField
        name="example"
        label={t('type.example')}
        optional
        hint={t('edit.exampleHint')}
        rows={5}
        value={example}
        onChange={(event) => setExample(event.target.value)}
      />
      <div className={styles.actions}>
        <Button
          small
          disabled={jsonOf(example) === undefined}
          onClick={() => setSchema(JSON.stringify(schemaOfExample(treeOf(jsonOf(example))), null, 2))}
        >
          {t('edit.fromExample')}
        </Button>
      </div>
    </FormDialog>
  );
}

const textOf = (value: unknown): string =>
  value === null || value === undefined ? '' : JSON.stringify(value, null, 2);

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

const withoutNulls = <Content extends object>(content: Content) =>
  Object.fromEntries(Object.entries(content).filter(([, value]) => value !== null)) as {
    [Name in keyof Content]?: Exclude<Content[Name], null>;
  };
