"""Who somebody is: users and teams, their credentials in every form, and the console's sessions."""
