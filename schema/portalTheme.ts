import type { ThemeColours } from '../client-sdk/src/theme/palette.ts';
import * as stored from '../core/store/prisma/enums.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { prismaOf } from './context.ts';
import { texts } from './enums.ts';
import { idArgument } from './scopeArgs.ts';

const PortalLanguage = builder.enumType(stored.PortalLanguage, {
  name: 'PortalLanguage',
  description: 'A language of the portal.',
  values: texts({ EN: 'English.', DE: 'German.' }),
});

const PortalPart = builder.enumType(stored.PortalPart, {
  name: 'PortalPart',
  description: 'A part of the portal that can be hidden: a page, or something on all of them.',
  values: texts({
    OVERVIEW: 'The page with the charts.',
    WEBHOOKS: 'The page of the webhooks.',
    DELIVERIES: 'The log of deliveries.',
    EVENTS: 'The log of events.',
    CATALOGUE: 'The event types, as documentation.',
    INBOUND: 'The project’s tracker.',
    LIVE_SIGN: 'The sign that updates arrive.',
    APPEARANCE_SWITCH: 'The switch between light and dark.',
  }),
});

const colour = 'As # and six hexadecimal digits.';

const PortalColours = builder.objectRef<ThemeColours>('PortalColours').implement({
  description: 'The chosen colours of a portal; all others follow from them.',
  fields: (t) => ({
    accent: t.exposeString('accent', { description: `Links, buttons, and what is chosen. ${colour}` }),
    background: t.exposeString('background', { description: `Behind the whole page. ${colour}` }),
    surface: t.exposeString('surface', { description: `Cards, tables and dialogs. ${colour}` }),
    text: t.exposeString('text', { description: `The text. ${colour}` }),
  }),
});

/** Where a browser loads an image from, below the address of the installation. */
export const portalImagePath = '/portal/images/';

const imagePath = (id: string | null) => (id === null ? null : portalImagePath + id);

export const PortalTheme = builder.prismaObject('PortalTheme', {
  description: 'How a project’s portal looks. Whoever may see the project sees it.',
  select: { projectId: true },
  fields: (t) => ({
    light: t.field({
      type: PortalColours,
      nullable: true,
      description: 'With one of both modes alone, the portal has that one. With none, it has both in plain colours.',
      select: { light: true },
      resolve: ({ light }) => light as unknown as ThemeColours | null,
    }),
    dark: t.field({
      type: PortalColours,
      nullable: true,
      description: 'The colours for those who like it dark.',
      select: { dark: true },
      resolve: ({ dark }) => dark as unknown as ThemeColours | null,
    }),
    radius: t.exposeInt('radius', { nullable: true, description: 'Of corners, in pixels. Null: as it is by default.' }),
    fonts: t.exposeStringList('fonts', { description: 'The fonts by name, the preferred one first.' }),
    title: t.exposeString('title', {
      nullable: true,
      description: 'What stands at the top. Null: the project’s name.',
    }),
    language: t.expose('language', {
      type: PortalLanguage,
      nullable: true,
      description: 'Null: the browser’s, if the portal speaks it.',
    }),
    hidden: t.expose('hidden', { type: [PortalPart], description: 'What the portal does not show.' }),
    backUrl: t.exposeString('backUrl', {
      nullable: true,
      description: 'Where its link back leads. Null: it has none.',
    }),
    backLabel: t.exposeString('backLabel', { nullable: true, description: 'What the link back says.' }),
    logoPath: t.string({
      nullable: true,
      description: 'The path of its logo, below this installation’s address. It changes with the image.',
      select: { logoId: true },
      resolve: ({ logoId }) => imagePath(logoId),
    }),
    faviconPath: t.string({
      nullable: true,
      description: 'The path of its icon for a browser’s tab.',
      select: { faviconId: true },
      resolve: ({ faviconId }) => imagePath(faviconId),
    }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
});

const PortalColoursInput = builder.inputType('PortalColoursInput', {
  description:
    'Colours of a portal. Text and accent need a contrast of 4.5 to 1 on background and surface (WCAG 2.2 AA).',
  fields: (t) => ({
    accent: t.string({ required: true, description: `Links, buttons, and what is chosen. ${colour}` }),
    background: t.string({ required: true, description: `Behind the whole page. ${colour}` }),
    surface: t.string({ required: true, description: `Cards, tables and dialogs. ${colour}` }),
    text: t.string({ required: true, description: `The text. ${colour}` }),
  }),
});

const PortalBackInput = builder.inputType('PortalBackInput', {
  description: 'A link from the portal back to your own product.',
  fields: (t) => ({
    url: t.string({ required: true, description: 'An https address.' }),
    label: t.string({ required: true, description: 'What it says: 1 to 60 characters.' }),
  }),
});

const UpdatePortalThemeInput = builder.inputType('UpdatePortalThemeInput', {
  description: 'Changes of a portal’s looks. What is left out stays; null takes it away.',
  fields: (t) => ({
    projectId: t.id({ required: true, description: 'The project whose portal it is.' }),
    light: t.field({ type: PortalColoursInput, description: 'The colours of the light mode.' }),
    dark: t.field({ type: PortalColoursInput, description: 'The colours of the dark mode.' }),
    radius: t.int({ description: '0 to 24 pixels.' }),
    fonts: t.stringList({ description: 'Up to 5 names of fonts that browsers may have, the preferred one first.' }),
    title: t.string({ description: '1 to 60 characters.' }),
    language: t.field({ type: PortalLanguage, description: 'The language of the portal.' }),
    hidden: t.field({ type: [PortalPart], description: 'What the portal does not show. One page has to stay.' }),
    back: t.field({ type: PortalBackInput, description: 'The link back to your product.' }),
    logo: t.string({
      description: 'A PNG, JPEG or WebP as Base64, up to 64 kB and 1024 × 1024 pixels. SVG is not taken.',
    }),
    favicon: t.string({ description: 'As the logo, up to 16 kB and 256 × 256 pixels.' }),
  }),
});

const UpdatePortalThemePayload = builder.objectRef<{ projectId: string }>('UpdatePortalThemePayload').implement({
  fields: (t) => ({
    portalTheme: t.prismaField({
      type: PortalTheme,
      nullable: true,
      description: 'The looks as they are now. Null if there was none and nothing was given.',
      resolve: (query, { projectId }, _args, context) =>
        prismaOf(context).portalTheme.findUnique({ ...query, where: { projectId } }),
    }),
  }),
});

builder.mutationFields((t) => ({
  updatePortalTheme: t.field({
    complexity: mutationCost,
    type: UpdatePortalThemePayload,
    description: 'Changes how a project’s portal looks. Needs ORGANIZATION_MANAGE in the project.',
    args: { input: t.arg({ type: UpdatePortalThemeInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const { projectId: given, ...changes } = input;
      const projectId = idArgument(given, 'project', 'input.projectId');
      const organizationId = await services.organizations.ofProject(principal, projectId, 'input.projectId');
      await services.portalThemes.update(principal, { organizationId, projectId }, changes);
      return { projectId };
    },
  }),
}));
