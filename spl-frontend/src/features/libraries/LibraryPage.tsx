import { Page } from '@/components/Page';

export default function LibraryPage() {
  return <Page title="LibraryPage">…</Page>;
}
