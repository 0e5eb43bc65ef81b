import { DropdownMenu } from 'radix-ui';
import { Button } from '../design/Button.tsx';
import { CheckIcon, ExitIcon, PersonIcon, SessionsIcon } from '../design/icons.tsx';
import { landmark } from '../design/Surfaces.tsx';
import surfaces from '../design/surfaces.module.css';
import { useLook } from '../look/look.ts';
import { useSession } from '../session/session.tsx';
import { keepLanguage } from '../words/chosenLanguage.ts';
import { type Language, languageOf, languages } from '../words/language.ts';
import { changeLanguage } from '../words/start.ts';
import { language, useWords } from '../words/words.ts';
import { useMaybeScope } from './scope.tsx';
import { keepTheme, keptTheme, type Theme, themes } from './theme.ts';

const themeOf = (value: string): Theme => themes.find((each) => each === value) ?? 'system';

/** What the viewer sets for themselves, on this device: language and colours; and the way out. */
export function AccountMenu({ go }: { go(path: string): void }) {
  const { portal, signOut } = useSession();
  const look = useLook();
  const scope = useMaybeScope();
  const t = useWords('common');
  const speak = (to: Language) => {
    keepLanguage(to);
    void changeLanguage(to);
  };
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button square look="quiet" aria-label={t('account.menu')}>
          <PersonIcon />
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={landmark()}>
        <DropdownMenu.Content className={surfaces.menu} align="end" side="top" sideOffset={4} collisionPadding={8}>
          <DropdownMenu.Label className={surfaces.menulabel}>{t('account.language')}</DropdownMenu.Label>
          <DropdownMenu.RadioGroup value={language()} onValueChange={(to) => speak(languageOf(to) ?? 'en')}>
            {languages.map((each) => (
              <DropdownMenu.RadioItem key={each} value={each} className={surfaces.item} lang={each}>
                {t(`languages.${each}`)}
                <Chosen />
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
          {(look?.choosesColours ?? true) && (
            <>
              <DropdownMenu.Separator className={surfaces.separator} />
              <DropdownMenu.Label className={surfaces.menulabel}>{t('account.colours')}</DropdownMenu.Label>
              <DropdownMenu.RadioGroup value={keptTheme()} onValueChange={(to) => keepTheme(themeOf(to))}>
                {themes.map((each) => (
                  <DropdownMenu.RadioItem key={each} value={each} className={surfaces.item}>
                    {t(`account.themes.${each}`)}
                    <Chosen />
                  </DropdownMenu.RadioItem>
                ))}
              </DropdownMenu.RadioGroup>
            </>
          )}
          {!portal && (
            <>
              <DropdownMenu.Separator className={surfaces.separator} />
              {scope && (
                <DropdownMenu.Item className={surfaces.item} onSelect={() => go(scope.path('settings?tab=sessions'))}>
                  <SessionsIcon /> {t('account.sessions')}
                </DropdownMenu.Item>
              )}
              <DropdownMenu.Item className={surfaces.item} onSelect={signOut}>
                <ExitIcon /> {t('signOut')}
              </DropdownMenu.Item>
            </>
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Chosen() {
  return (
    <DropdownMenu.ItemIndicator className={surfaces.chosen}>
      <CheckIcon />
    </DropdownMenu.ItemIndicator>
  );
}
