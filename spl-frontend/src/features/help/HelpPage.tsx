import { Page } from '@/components/Page';

export default function HelpPage() {
  return <Page title="HelpPage">…</Page>;
}
