import { randomUUID } from 'node:crypto';
import type { ThemeColours } from '../../client-sdk/src/theme/palette.ts';
import { requireIn, type Scope } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { type AuditFields, changedFields } from '../audit/fields.ts';
import { invalid } from '../ground/errors.ts';
import { lockOrganization } from '../store/lockOrganization.ts';
import { lockProject } from '../store/lockProject.ts';
import { Prisma, type PrismaClient } from '../store/prisma/client.ts';
import type { PortalLanguage, PortalPart } from '../store/prisma/enums.ts';

import { inTransaction } from '../store/transaction.ts';
import {
  checkBackUrl,
  checkColours,
  checkFonts,
  checkImage,
  checkRadius,
  checkTitle,
  imageLimits,
} from './themeValues.ts';

/** Undefined keeps a value, null takes it away. */
export interface PortalThemeChanges {
  readonly light?: ThemeColours | null | undefined;
  readonly dark?: ThemeColours | null | undefined;
  readonly radius?: number | null | undefined;
  readonly fonts?: readonly string[] | null | undefined;
  readonly title?: string | null | undefined;
  readonly language?: PortalLanguage | null | undefined;
  readonly hidden?: readonly PortalPart[] | null | undefined;
  readonly back?: { readonly url: string; readonly label: string } | null | undefined;
  /** Base64. */
  readonly logo?: string | null | undefined;
  readonly favicon?: string | null | undefined;
}

/** An image as it is served. */
export interface PortalImage {
  readonly type: string;
  readonly bytes: Uint8Array;
}

export interface PortalThemes {
  /** Changes how a project's portal looks. */
  update(
    principal: Principal,
    scope: Scope & { readonly projectId: string },
    changes: PortalThemeChanges,
  ): Promise<void>;
  /** Null if there is none. Its id is the only right to it that is asked for. */
  image(id: string): Promise<PortalImage | null>;
}

/** The parts that are pages: one of them has to stay. */
const pages: readonly PortalPart[] = ['OVERVIEW', 'WEBHOOKS', 'DELIVERIES', 'EVENTS', 'CATALOGUE', 'INBOUND'];

const columns = {
  light: true,
  dark: true,
  radius: true,
  fonts: true,
  title: true,
  language: true,
  hidden: true,
  backUrl: true,
  backLabel: true,
  logoId: true,
  faviconId: true,
} as const;

/** The values of a theme as they are stored, except its images. */
interface Values {
  light: ThemeColours | null;
  dark: ThemeColours | null;
  radius: number | null;
  fonts: string[];
  title: string | null;
  language: PortalLanguage | null;
  hidden: PortalPart[];
  backUrl: string | null;
  backLabel: string | null;
}

const none: Values = {
  light: null,
  dark: null,
  radius: null,
  fonts: [],
  title: null,
  language: null,
  hidden: [],
  backUrl: null,
  backLabel: null,
};

const orNull = <T, R>(value: T | null, check: (value: T) => R): R | null => (value === null ? null : check(value));

function checked(changes: PortalThemeChanges): Partial<Values> {
  const { light, dark, radius, fonts, title, language, hidden, back } = changes;
  const parts = hidden && pages.filter((page) => !hidden.includes(page));
  if (parts?.length === 0) throw invalid('input.hidden', 'At least one page has to stay.');
  return {
    ...(light === undefined ? {} : { light: orNull(light, (each) => checkColours(each, 'input.light')) }),
    ...(dark === undefined ? {} : { dark: orNull(dark, (each) => checkColours(each, 'input.dark')) }),
    ...(radius === undefined ? {} : { radius: orNull(radius, (each) => checkRadius(each, 'input.radius')) }),
    ...(fonts === undefined ? {} : { fonts: checkFonts(fonts ?? [], 'input.fonts') }),
    ...(title === undefined ? {} : { title: orNull(title, (each) => checkTitle(each, 'input.title')) }),
    ...(language === undefined ? {} : { language }),
    ...(hidden === undefined ? {} : { hidden: [...new Set(hidden ?? [])] }),
    ...(back === undefined
      ? {}
      : {
          backUrl: orNull(back, ({ url }) => checkBackUrl(url, 'input.back.url')),
          backLabel: orNull(back, ({ label }) => checkTitle(label, 'input.back.label')),
        }),
  };
}

const json = (colours: ThemeColours | null) => (colours === null ? Prisma.DbNull : { ...colours });

export function createPortalThemes(prisma: PrismaClient): PortalThemes {
  return {
    async update(principal, scope, changes) {
      requireIn(principal, 'ORGANIZATION_MANAGE', scope, 'input.projectId');
      const { organizationId, projectId } = scope;
      const values = checked(changes);
      const images = {
        ...(changes.logo === undefined
          ? {}
          : { logoId: orNull(changes.logo, (text) => checkImage(text, imageLimits.logo, 'input.logo')) }),
        ...(changes.favicon === undefined
          ? {}
          : { faviconId: orNull(changes.favicon, (text) => checkImage(text, imageLimits.favicon, 'input.favicon')) }),
      };
      await inTransaction(prisma, organizationId, async (transaction) => {
        await lockOrganization(transaction, organizationId, 'input.projectId');
        await lockProject(transaction, projectId, 'input.projectId');
        const where = { projectId };
        const found = await transaction.portalTheme.findUnique({ where, select: columns });
        const before = found as (Values & { logoId: string | null; faviconId: string | null }) | null;
        const ids: { logoId?: string | null; faviconId?: string | null } = {};
        for (const [name, image] of Object.entries(images) as ['logoId' | 'faviconId', (typeof images)['logoId']][]) {
          const old = before?.[name];
          if (old) await transaction.portalImage.delete({ where: { id: old }, select: { id: true } });
          ids[name] = image ? randomUUID() : null;
          if (!image) continue;
          const data = {
            id: ids[name] as string,
            organizationId,
            projectId,
            type: image.type,
            bytes: new Uint8Array(image.bytes),
          };
          await transaction.portalImage.create({ data, select: { id: true } });
        }
        const was = { ...none, logoId: null, faviconId: null, ...before };
        const is = { ...was, ...values, ...ids };
        const changed = changedFields(was as unknown as AuditFields, is as unknown as AuditFields);
        if (Object.keys(changed.after).length === 0) return;
        const data = { ...is, light: json(is.light), dark: json(is.dark), updatedAt: new Date() };
        await transaction.portalTheme.upsert({
          where,
          create: { ...data, projectId, organizationId },
          update: data,
          select: { projectId: true },
        });
        await audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'portal_theme.updated',
          target: { type: 'portal_theme', id: projectId },
          ...changed,
        });
      });
    },

    image: (id) =>
      prisma.portalImage.findUnique({
        where: { id, project: { deletedAt: null, organization: { deletedAt: null } } },
        select: { type: true, bytes: true },
      }),
  };
}
