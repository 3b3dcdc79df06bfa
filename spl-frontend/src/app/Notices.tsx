import '@mantine/core/styles/Notification.css';
import '@mantine/notifications/styles.css';
import { Notifications } from '@mantine/notifications';

/** Where short notices are shown, and told to whoever hears the page. */
export default function Notices() {
  return <Notifications position="bottom-right" autoClose={6_000} limit={4} />;
}
