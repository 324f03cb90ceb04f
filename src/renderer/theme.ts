import { darkTheme, type GlobalThemeOverrides } from 'naive-ui'

const font = "'PT Sans', 'Segoe UI', system-ui, sans-serif"

export interface Palette {
  surface: string
  sunken: string
  raised: string
  line: string
  lineStrong: string
  text: string
  text2: string
  text3: string
  primary: string
  primaryHover: string
  primaryPressed: string
  onPrimary: string
  danger: string
  warning: string
  success: string
  info: string
  focus: string
}

// The same colours as styles/tokens.css: Naive UI computes with them, so it cannot read them from custom properties.
const light: Palette = {
  surface: '#ffffff', sunken: '#f6f7f4', raised: '#ffffff', line: '#dde1da', lineStrong: '#b9c1b8', text: '#17211d', text2: '#4b5751', text3: '#626d67',
  primary: '#0b5f57', primaryHover: '#0d7068', primaryPressed: '#08483f', onPrimary: '#ffffff',
  danger: '#a3261c', warning: '#7d5200', success: '#1a6638', info: '#1b4c86', focus: '#1769c2',
}
const dark: Palette = {
  surface: '#1b2021', sunken: '#161a1b', raised: '#23292a', line: '#2f3738', lineStrong: '#4c5758', text: '#e7ece9', text2: '#b1bcb7', text3: '#93a09a',
  primary: '#6ac5b7', primaryHover: '#86d5c9', primaryPressed: '#4fa99b', onPrimary: '#06201d',
  danger: '#f19d93', warning: '#e9c46f', success: '#8bd0a1', info: '#9cc2ef', focus: '#7cb8ff',
}

/** For whatever draws with colours of its own: charts. */
export const paletteOf = (isDark: boolean): Palette => (isDark ? dark : light)

/** What Naive UI's config provider needs for the own look. */
export function naiveTheme(isDark: boolean) {
  return { theme: isDark ? darkTheme : null, overrides: overrides(isDark ? dark : light) }
}

function overrides(c: Palette): GlobalThemeOverrides {
  return {
    common: {
      fontFamily: font,
      fontSize: '15px',
      fontSizeMedium: '15px',
      fontSizeSmall: '14px',
      fontSizeLarge: '16px',
      lineHeight: '1.35',
      fontWeightStrong: '700',
      borderRadius: '4px',
      borderRadiusSmall: '4px',
      primaryColor: c.primary,
      primaryColorHover: c.primaryHover,
      primaryColorPressed: c.primaryPressed,
      primaryColorSuppl: c.primaryHover,
      errorColor: c.danger,
      errorColorHover: c.danger,
      errorColorPressed: c.danger,
      warningColor: c.warning,
      warningColorHover: c.warning,
      successColor: c.success,
      infoColor: c.info,
      textColorBase: c.text,
      textColor1: c.text,
      textColor2: c.text,
      textColor3: c.text2,
      placeholderColor: c.text3,
      borderColor: c.lineStrong,
      dividerColor: c.line,
      baseColor: c.onPrimary,
      bodyColor: c.surface,
      cardColor: c.surface,
      modalColor: c.raised,
      popoverColor: c.raised,
      tableColor: c.surface,
      inputColor: c.surface,
      tableHeaderColor: c.sunken,
      actionColor: c.sunken,
      heightSmall: '30px',
      heightMedium: '36px',
      heightLarge: '44px',
    },
    Button: {
      fontWeight: '400',
      fontWeightStrong: '700',
      textColorPrimary: c.onPrimary,
      textColorHoverPrimary: c.onPrimary,
      textColorPressedPrimary: c.onPrimary,
      textColorFocusPrimary: c.onPrimary,
      textColorError: c.onPrimary,
      textColorHoverError: c.onPrimary,
      border: `1px solid ${c.lineStrong}`,
      colorOpacitySecondary: '0.1',
      waveOpacity: '0',
      rippleDuration: '0s',
      paddingMedium: '0 14px',
      paddingSmall: '0 10px',
    },
    Input: { border: `1px solid ${c.lineStrong}`, borderHover: `1px solid ${c.text3}`, borderFocus: `1px solid ${c.focus}`, boxShadowFocus: 'none', paddingMedium: '0 10px', iconColor: c.text3 },
    InternalSelection: { border: `1px solid ${c.lineStrong}`, borderHover: `1px solid ${c.text3}`, borderFocus: `1px solid ${c.focus}`, borderActive: `1px solid ${c.focus}`, boxShadowFocus: 'none', boxShadowActive: 'none' },
    DataTable: { thPaddingMedium: '8px 12px', tdPaddingMedium: '8px 12px', thFontWeight: '400', thTextColor: c.text3, fontSizeMedium: '15px', borderRadius: '6px' },
    Dialog: { iconSize: '20px', titleFontSize: '18px', titleFontWeight: '700', borderRadius: '8px' },
    Card: { titleFontSizeMedium: '17px', titleFontWeight: '700', borderRadius: '8px', paddingMedium: '16px 20px' },
    Drawer: { titleFontSize: '17px', titleFontWeight: '700', color: c.raised },
    Tabs: { tabFontWeightActive: '700', tabTextColorLine: c.text2 },
    Tag: { borderRadius: '4px', fontWeightStrong: '700' },
    Tooltip: { borderRadius: '4px' },
    Checkbox: { borderRadius: '3px' },
  }
}
