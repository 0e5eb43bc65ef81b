import {
  ArrowLeft,
  BookOpen,
  ChartLine,
  Check,
  ChevronDown,
  ChevronUp,
  Copy,
  Download,
  Ellipsis,
  Folder,
  Globe,
  Info,
  KeyRound,
  Link,
  List,
  ListFilter,
  LogOut,
  type LucideIcon,
  Menu,
  Minus,
  MonitorSmartphone,
  Palette,
  Plus,
  RefreshCw,
  Search,
  Send,
  Settings,
  TriangleAlert,
  UserRound,
  Users,
  Webhook,
  X,
  Zap,
} from 'lucide-react';

/** As large as the text beside it, which says the same in words. */
const beside = (Glyph: LucideIcon) => () => <Glyph aria-hidden="true" size="1.15em" strokeWidth={1.9} />;

export const ArrowLeftIcon = beside(ArrowLeft);
export const HookIcon = beside(Webhook);
export const CatalogueIcon = beside(BookOpen);
export const ListIcon = beside(List);
export const SparkIcon = beside(Zap);
export const ChartIcon = beside(ChartLine);
export const InboundIcon = beside(Download);
export const FilterIcon = beside(ListFilter);
export const GearIcon = beside(Settings);
export const PaletteIcon = beside(Palette);
export const GlobeIcon = beside(Globe);
export const ProjectIcon = beside(Folder);
export const PlusIcon = beside(Plus);
export const CloseIcon = beside(X);
export const CheckIcon = beside(Check);
export const MinusIcon = beside(Minus);
export const CopyIcon = beside(Copy);
export const MoreIcon = beside(Ellipsis);
export const AlertIcon = beside(TriangleAlert);
export const InfoIcon = beside(Info);
export const MenuIcon = beside(Menu);
export const SearchIcon = beside(Search);
export const SendIcon = beside(Send);
export const RefreshIcon = beside(RefreshCw);
export const ExitIcon = beside(LogOut);
export const KeyIcon = beside(KeyRound);
export const LinkIcon = beside(Link);
export const PersonIcon = beside(UserRound);
export const SessionsIcon = beside(MonitorSmartphone);
export const PeopleIcon = beside(Users);
export const UpIcon = beside(ChevronUp);
export const DownIcon = beside(ChevronDown);
