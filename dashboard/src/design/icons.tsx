import {
  ArrowLeft,
  BookOpen,
  ChartLine,
  Check,
  Copy,
  createLucideIcon,
  Download,
  Ellipsis,
  Info,
  KeyRound,
  Link,
  List,
  ListFilter,
  LogOut,
  type LucideIcon,
  Menu,
  Minus,
  Plus,
  RefreshCw,
  Send,
  Settings,
  TriangleAlert,
  UserRound,
  Users,
  X,
  Zap,
} from 'lucide-react';

/** As large as the text beside it, which says the same in words. */
const beside = (Glyph: LucideIcon) => () => <Glyph aria-hidden="true" size="1.15em" strokeWidth={1.9} />;

export const ArrowLeftIcon = beside(ArrowLeft);
/** The product's own. */
export const HookIcon = beside(
  createLucideIcon('everhook', [
    ['path', { d: 'M15 5.5v7.3a4.4 4.4 0 1 1-8.8 0V11.5m0 0 2.7 2.2M15 5.5a2.2 2.2 0 1 0 0-.01', key: 'hook' }],
  ]),
);
export const CatalogueIcon = beside(BookOpen);
export const ListIcon = beside(List);
export const SparkIcon = beside(Zap);
export const ChartIcon = beside(ChartLine);
export const InboundIcon = beside(Download);
export const FilterIcon = beside(ListFilter);
export const GearIcon = beside(Settings);
export const PlusIcon = beside(Plus);
export const CloseIcon = beside(X);
export const CheckIcon = beside(Check);
export const MinusIcon = beside(Minus);
export const CopyIcon = beside(Copy);
export const MoreIcon = beside(Ellipsis);
export const AlertIcon = beside(TriangleAlert);
export const InfoIcon = beside(Info);
export const MenuIcon = beside(Menu);
export const SendIcon = beside(Send);
export const RefreshIcon = beside(RefreshCw);
export const ExitIcon = beside(LogOut);
export const KeyIcon = beside(KeyRound);
export const LinkIcon = beside(Link);
export const PersonIcon = beside(UserRound);
export const PeopleIcon = beside(Users);
