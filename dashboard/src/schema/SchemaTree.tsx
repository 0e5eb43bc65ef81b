import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'wouter';
import { Badge } from '../design/Surfaces.tsx';
import { useWords } from '../words/words.ts';
import { writeTree } from './jsonTree.ts';
import { useLimitText } from './limitText.ts';
import { type Told, toldOf } from './nullable.ts';
import styles from './schema.module.css';
import { type Schema, SchemaDocument } from './schemaDocument.ts';
import type { Shape } from './shape.ts';

interface TreeProps {
  readonly schema: unknown;
  /** The place to show, as {@link TreeProps.linkTo} gets it. */
  readonly at?: string | null;
  /** The address of a place in the tree. Without it, places have no links. */
  linkTo?(place: string): string;
}

/** A schema for people: what each member is called, what it is, and what bounds it. */
export function SchemaTree({ schema, at = null, linkTo }: TreeProps) {
  const document = useMemo(() => new SchemaDocument((schema ?? true) as Schema), [schema]);
  const t = useWords('catalogue');
  return (
    <div className={styles.tree}>
      <Node
        document={document}
        schema={document.root}
        label={<span className={styles.name}>{t('schema.data')}</span>}
        place=""
        depth={0}
        at={at}
        linkTo={linkTo}
      />
    </div>
  );
}

interface NodeProps {
  readonly document: SchemaDocument;
  readonly schema: Schema;
  readonly label: ReactNode;
  readonly required?: boolean;
  readonly place: string;
  readonly depth: number;
  readonly at: string | null;
  readonly linkTo: TreeProps['linkTo'];
}

/** Deeper levels open by a click: so a schema that refers to itself has an end. */
const openLevels = 2;

function Node({ document, schema, label, required, place, depth, at, linkTo }: NodeProps) {
  const t = useWords('catalogue');
  const told = useMemo(() => toldOf(document, schema), [document, schema]);
  const { shape } = told;
  const children = childrenOf(shape);
  const wanted = at === place && place !== '';
  const leads = at !== null && (wanted || at.startsWith(place) || place === '');
  const [open, setOpen] = useState(depth < openLevels || leads);
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (wanted) row.current?.scrollIntoView({ block: 'center' });
  }, [wanted]);
  useEffect(() => {
    if (leads) setOpen(true);
  }, [leads]);
  const link = linkTo && place !== '' && (
    <Link className={styles.permalink} href={linkTo(place)} aria-label={t('schema.linkTo', { place: place.slice(1) })}>
      {'#'}
    </Link>
  );
  const head = (
    <>
      <span className={styles.line}>
        {label}
        <span className={styles.type}>{useTypeText(told)}</span>
        {required && <span className={styles.required}>{t('schema.required')}</span>}
        {shape.deprecated && <Badge plain>{t('schema.deprecated')}</Badge>}
      </span>
      <Facts shape={shape} />
    </>
  );
  return (
    <div ref={row} className={styles.node} data-wanted={wanted}>
      {link}
      {children.length === 0 ? (
        <div className={styles.leaf}>{head}</div>
      ) : (
        <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>{head}</summary>
          {open && (
            <ul className={styles.children}>
              {children.map((child) => (
                <li key={child.place}>
                  <Node
                    document={document}
                    schema={child.schema}
                    label={<ChildLabel child={child} />}
                    required={child.required}
                    place={place + child.place}
                    depth={depth + 1}
                    at={at}
                    linkTo={linkTo}
                  />
                </li>
              ))}
            </ul>
          )}
        </details>
      )}
    </div>
  );
}

type ChildRole =
  | 'property'
  | 'pattern'
  | 'others'
  | 'first'
  | 'items'
  | 'oneOf'
  | 'anyOf'
  | 'follows'
  | 'otherwise'
  | 'not';

interface Child {
  readonly role: ChildRole;
  /** A member's name, a pattern, or a number from 1. */
  readonly text: string;
  readonly place: string;
  readonly schema: Schema;
  readonly required: boolean;
}

function ChildLabel({ child: { role, text } }: { readonly child: Child }) {
  const t = useWords('catalogue');
  if (role === 'property') {
    return (
      <bdi className={styles.name}>
        <code>{text}</code>
      </bdi>
    );
  }
  return <span className={styles.role}>{t(`schema.roles.${role}`, { text })}</span>;
}

function childrenOf(shape: Shape): readonly Child[] {
  const child = (role: ChildRole, text: string, place: string, schema: Schema, required = false): Child[] =>
    schema === true ? [] : [{ role, text, place, schema, required }];
  return [
    ...shape.properties.map(({ name, schema, required }) => ({
      role: 'property' as const,
      text: name,
      place: `.${name}`,
      schema,
      required,
    })),
    ...shape.patterns.flatMap(([pattern, schema]) => child('pattern', pattern, `~${pattern}`, schema)),
    ...(shape.others === false ? [] : child('others', '', '.*', shape.others)),
    ...shape.first.flatMap((schema, at) => child('first', String(at + 1), `[${at}]`, schema)),
    ...(shape.items === false ? [] : child('items', '', '[]', shape.items)),
    ...shape.variants.flatMap(({ kind, variants }, group) =>
      variants.flatMap((schema, at) => child(kind, String(at + 1), `|${group}.${at}`, schema)),
    ),
    ...shape.conditions.flatMap(({ follows, otherwise }, at) => [
      ...child('follows', '', `?${at}`, follows),
      ...child('otherwise', '', `!${at}`, otherwise),
    ]),
    ...(shape.not === null ? [] : child('not', '', '^', shape.not)),
  ];
}

function useTypeText({ shape, orNull }: Told): string {
  const t = useWords('catalogue');
  if (shape.never) return t('schema.never');
  const kinds: string[] = shape.types.map((type) => t(`schema.types.${type}`));
  if (kinds.length === 0) kinds.push(t(anyText(shape)));
  if (orNull && !shape.types.includes('null')) kinds.push(t('schema.types.null'));
  const words = kinds.join(` ${t('schema.or')} `);
  const format = shape.format ? ` · ${shape.format}` : '';
  return `${shape.title ?? shape.name ?? ''}${shape.title || shape.name ? ' · ' : ''}${words}${format}`;
}

const anyText = (shape: Shape) =>
  shape.variants.length > 0 ? 'schema.variants' : shape.properties.length > 0 ? 'schema.types.object' : 'schema.any';

/** What bounds the value, and its description. */
function Facts({ shape }: { readonly shape: Shape }) {
  const t = useWords('catalogue');
  const limitText = useLimitText();
  const { constant, choices, limits, defaultValue, description } = shape;
  const values = constant ? [constant] : (choices ?? []);
  const shown = values.slice(0, 24);
  if (values.length + limits.length === 0 && !description && !defaultValue && shape.others !== false) return null;
  return (
    <span className={styles.facts}>
      {description && (
        <span className={styles.description} dir="auto">
          {description}
        </span>
      )}
      {shown.length > 0 && (
        <span className={styles.values}>
          <span>{constant ? t('schema.constant') : t('schema.choices')}</span>
          {shown.map((value, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a schema's values never move.
            <code key={at} className={styles.value} dir="auto">
              {writeTree(value, 0)}
            </code>
          ))}
          {values.length > shown.length && (
            <span>{t('schema.moreValues', { count: values.length - shown.length })}</span>
          )}
        </span>
      )}
      {(limits.length > 0 || defaultValue || shape.others === false) && (
        <span className={styles.limits}>
          {limits.map((limit) => (
            <span key={`${limit.name} ${limit.value}`}>{limitText(limit)}</span>
          ))}
          {defaultValue && <span>{t('schema.default', { value: writeTree(defaultValue, 0) })}</span>}
          {shape.others === false && <span>{t('schema.closed')}</span>}
        </span>
      )}
    </span>
  );
}
