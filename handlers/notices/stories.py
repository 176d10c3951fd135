"""The words of Friday's story, of a birthday that changes who is told, and of what a person of the school should look at.

Refuses blame and scores: « un mot peut aider ».
"""

from datetime import datetime

from aiogram.utils.formatting import Bold, Italic, Text

from domain.notices import (
    AdultNow,
    DayShown,
    ManyUnexplained,
    NoGoodNews,
    Notice,
    StoriesReady,
    StoryTold,
    TurnsEighteen,
)
from domain.people import PersonId
from domain.stories import STORY_AT
from handlers.buttons import ChooseFeed, ListStories, LookAtDay
from handlers.notices.outgoing import Outgoing, Render, key_rows, one_key
from locales import _, formats, ngettext
from services import UnitOfWork, coming_of_age, people, register, shown_days, stories
from services.stories import Story


def dinner_question(number: int) -> str:
    """A question for dinner; there are `domain.stories.QUESTIONS_COUNT`."""
    return [
        _("Qu'est-ce qui t'a fait sourire cette semaine ?"),
        _("Quel outil as-tu préféré ?"),
        _("Qui t'a aidé cette semaine ?"),
        _("Qu'est-ce que tu sais faire de nouveau ?"),
        _("Pour qui as-tu travaillé cette semaine ?"),
        _("Qu'est-ce qui était difficile, et comment as-tu fait ?"),
        _("Qu'est-ce que tu voudrais nous montrer un jour ?"),
        _("Qu'attends-tu de la semaine prochaine ?"),
    ][number % 8]


def story_words(story: Story) -> Text:
    """What a story says; its picture goes with it."""
    parts: list[Text | str] = [Bold(_("La semaine de {name}", name=formats.name(story.first_name)))]
    if story.task is not None:
        parts += ["\n", _("Au travail : {task}.", task=formats.name(story.task))]
    elif story.photo is not None:
        parts += ["\n", _("Une photo, choisie par {name}.", name=formats.name(story.first_name))]
    if story.thanks is not None:
        made, stars, words = story.thanks
        parts += ["\n\n", _("Un client dit merci pour {work} :", work=formats.name(made)), " ", "⭐" * stars]
        if words:
            parts += ["\n", Italic(formats.name(words))]
    parts += ["\n\n", _("Une question pour la table :"), " ", dinner_question(story.question)]
    return Text(*parts)


async def story_told(notice: StoryTold, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    story = await stories.told(uow, notice.story_id, reader, now)
    return None if story is None else Outgoing(story_words(story), photo=await stories.photo_of(uow, story))


async def day_shown(notice: DayShown, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    name = await shown_days.told(uow, notice.reflection_id, reader, now)
    if name is None:
        return None
    words = _("{name} vous montre une journée.", name=formats.name(name))
    return Outgoing(Text(words), one_key(_("👀 Voir la journée"), LookAtDay(reflection_id=notice.reflection_id).pack()))


async def stories_ready(notice: StoriesReady, _reader: PersonId, _uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    words = _(
        "Les nouvelles de la semaine partent vers les familles à {hour}. Vous pouvez les voir, les changer ou les garder.",
        hour=formats.hour(STORY_AT),
    )
    return Outgoing(Text(words), one_key(_("👀 Voir les nouvelles"), ListStories(monday=notice.day.isoformat()).pack()))


async def no_good_news(notice: NoGoodNews, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    name = await people.first_name_of(uow, notice.student_id)
    if name is None:
        return None
    words = _("Depuis quatre semaines, la famille de {name} n'a pas eu de nouvelles.", name=formats.name(name))
    return Outgoing(Text(words, " ", _("Une photo ou un mot avec l'élève peut aider.")))


async def many_unexplained(
    notice: ManyUnexplained, _reader: PersonId, uow: UnitOfWork, _now: datetime
) -> Outgoing | None:
    found = await register.unexplained(uow, notice.student_id, notice.day)
    if found is None or found[1] < notice.half_days:
        return None
    name, count = found
    words = ngettext(
        "{name}, {month} : {count} demi-journée d'absence, et nous ne savons pas pourquoi. Un mot avec l'élève peut aider.",
        "{name}, {month} : {count} demi-journées d'absence, et nous ne savons pas pourquoi. Un mot avec l'élève peut aider.",
        count,
        name=formats.name(name),
        month=formats.month(notice.day),
    )
    return Outgoing(Text(words, "\n", _("La famille n'est pas prévenue par ce message.")))


async def turns_eighteen(notice: TurnsEighteen, _reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    name = await coming_of_age.turns_eighteen(uow, notice.student_id, now)
    if name is None:
        return None
    words = _("{name} aura 18 ans : {day}.", name=formats.name(name), day=formats.day_in_full(notice.day))
    rest = _("Ce jour-là, les messages à la famille s'arrêtent, sauf si l'élève les souhaite.")
    return Outgoing(Text(words, " ", rest))


async def adult_now(_notice: AdultNow, _reader: PersonId, _uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    words = _("Tu as 18 ans : c'est toi qui décides. Veux-tu que ta famille reçoive encore les messages de l'école ?")
    rest = _("Sans réponse de ta part, ils s'arrêtent. Tu peux changer d'avis quand tu veux.")
    keys = key_rows(
        [(_("Oui, ma famille aussi"), ChooseFeed(told=True).pack())],
        [(_("Non, moi seulement"), ChooseFeed(told=False).pack())],
    )
    return Outgoing(Text(words, "\n", rest), keys)


RENDERERS: dict[type[Notice], Render] = {
    StoryTold: story_told,
    DayShown: day_shown,
    StoriesReady: stories_ready,
    NoGoodNews: no_good_news,
    ManyUnexplained: many_unexplained,
    TurnsEighteen: turns_eighteen,
    AdultNow: adult_now,
}
