import { Page } from '@/components/Page';

export default function LibrariesPage() {
  return <Page title="LibrariesPage">…</Page>;
}
