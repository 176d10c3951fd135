"""One message to many: written, aimed, sent, followed, answered, corrected and taken back.

Refuses the absences' announcements, which are about one student: those are in `services.announcements`.
"""
