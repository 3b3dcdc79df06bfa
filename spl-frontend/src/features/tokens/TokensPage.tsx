import { Page } from '@/components/Page';

export default function TokensPage() {
  return <Page title="TokensPage">…</Page>;
}
